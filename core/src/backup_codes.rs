//! Backup codes: 80 random bits each, shown once, kept as hashes, each good for one sign-in.
//!
//! One argon2id hash is computed per try whatever is typed, and compared with all of the set in constant time. The hash is
//! light on purpose (64 KiB): 80 random bits inside a sealed record need no stretching, and a costly hash would be a lever
//! for floods.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::entropy::Entropy;
use crate::error::{Error, Result};
use crate::input::BackupCode;
use crate::time::Timestamp;

/// Crockford's alphabet: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const MEMORY_KIB: u32 = 64;
const BLOCKS: usize = 64;

/// A set as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct BackupCodes {
    pub(crate) salt: [u8; 16],
    pub(crate) hashes: Vec<[u8; 16]>,
    /// Bit `i`: the code with hash `i` was used.
    pub(crate) spent: u32,
    pub(crate) saved: bool,
    pub(crate) made_at: u64,
}

/// What a try met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    Fresh(u32),
    Spent,
    None,
}

impl BackupCodes {
    /// A new set of `count` codes and their texts, `XXXX-XXXX-XXXX-XXXX`.
    pub(crate) fn make(count: u8, now: Timestamp, entropy: &mut Entropy) -> Result<(Self, Vec<Zeroizing<String>>)> {
        let salt = entropy.take()?;
        let mut set = Self { salt, hashes: Vec::new(), spent: 0, saved: false, made_at: now.as_secs() };
        let mut texts = Vec::with_capacity(count.into());
        for _ in 0..count {
            let code: Zeroizing<BackupCode> = Zeroizing::new(entropy.take()?);
            set.hashes.push(hash(&salt, &code)?);
            texts.push(text(&code));
        }
        Ok((set, texts))
    }

    /// Compares with every code of the set, without early exit.
    pub(crate) fn find(&self, code: &BackupCode) -> Result<Match> {
        let hash = hash(&self.salt, code)?;
        let mut found = 0_u32;
        for (index, other) in (0_u32..).zip(&self.hashes) {
            found |= u32::from(hash.ct_eq(other).unwrap_u8()) << (index & 31);
        }
        Ok(match found {
            0 => Match::None,
            _ if found & !self.spent != 0 => Match::Fresh(found & !self.spent),
            _ => Match::Spent,
        })
    }

    pub(crate) fn left(&self) -> u8 {
        self.total().saturating_sub(u8::try_from(self.spent.count_ones()).unwrap_or(u8::MAX))
    }

    pub(crate) fn total(&self) -> u8 {
        u8::try_from(self.hashes.len()).unwrap_or(u8::MAX)
    }
}

/// Costs what a try costs, where there is no set to compare with.
pub(crate) fn waste(code: &BackupCode) -> Result<()> {
    hash(&[0; 16], code).map(drop)
}

fn hash(salt: &[u8; 16], code: &BackupCode) -> Result<[u8; 16]> {
    let failed = |_| Error::internal("argon2 failed");
    let params = Params::new(MEMORY_KIB, 1, 1, Some(16)).map_err(failed)?;
    let mut memory = [Block::default(); BLOCKS];
    let mut out = [0; 16];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(code, salt, &mut out, &mut memory)
        .map_err(failed)?;
    Ok(out)
}

/// 16 characters without separators, in any case, with look-alikes.
pub(crate) fn parse(ascii: &[u8]) -> Result<BackupCode> {
    let mut bits = 0_u128;
    for byte in ascii {
        bits = bits << 5 | u128::from(value(*byte).ok_or(Error::MalformedCode)?);
    }
    let bytes = Zeroizing::new(bits.to_be_bytes());
    bytes.last_chunk::<10>().copied().ok_or(Error::MalformedCode)
}

fn value(byte: u8) -> Option<u8> {
    let byte = match byte.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    let index = ALPHABET.iter().position(|&letter| letter == byte)?;
    u8::try_from(index).ok()
}

fn text(code: &BackupCode) -> Zeroizing<String> {
    let mut wide = [0; 16];
    if let Some(tail) = wide.last_chunk_mut::<10>() {
        *tail = *code;
    }
    let bits = u128::from_be_bytes(wide);
    let mut text = Zeroizing::new(String::with_capacity(19));
    for index in 0_u32..16 {
        if index > 0 && index.is_multiple_of(4) {
            text.push('-');
        }
        let shift = 75_u32.saturating_sub(index.saturating_mul(5));
        let letter = ALPHABET.get(usize::from((bits >> shift).to_le_bytes()[0] & 31)).copied().unwrap_or(b'0');
        text.push(char::from(letter));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;
    use proptest::prelude::*;
    use std::sync::Arc;

    proptest! {
        #[test]
        fn texts_read_back(code: [u8; 10]) {
            let shown = text(&code);
            let typed: String = shown.replace('-', "").to_lowercase();
            prop_assert_eq!(parse(typed.as_bytes()).unwrap(), code);
            prop_assert_eq!(shown.len(), 19);
        }
    }

    #[test]
    fn each_code_of_a_set_is_found_and_a_spent_one_is_told_apart() {
        let now = Timestamp::from_secs(0).unwrap();
        let (mut set, texts) = BackupCodes::make(20, now, &mut Entropy::new(Arc::new(OsEntropy))).unwrap();
        for (index, text) in texts.iter().enumerate() {
            let code = parse(text.replace('-', "").as_bytes()).unwrap();
            assert_eq!(set.find(&code).unwrap(), Match::Fresh(1 << index));
            set.spent |= 1 << index;
            assert_eq!(set.find(&code).unwrap(), Match::Spent);
        }
        assert_eq!((set.left(), set.total()), (0, 20));
        assert_eq!(set.find(&[0; 10]).unwrap(), Match::None);
    }
}
