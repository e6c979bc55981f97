//! Sealed tokens: everything a request carries that the record does not keep.
//!
//! A token is canonical unpadded base64url of `format | key id | nonce | sealed fields`. Whoever holds one can neither read
//! nor change it, and one made for a purpose, key or namespace opens for no other.

use data_encoding::BASE64URL_NOPAD;

use crate::entropy::Entropy;
use crate::error::Result;
use crate::input::{Id, UserId};
use crate::otp::Parameters;
use crate::record::Epoch;
use crate::record::codec::{parameters, read_parameters, read_secret};
use crate::seal::{Purpose, Sealer};
use crate::secret::Secret;
use crate::wire::{Malformed, Reader, Writer};

const FORMAT: u8 = 1;
/// Longest tokens, in characters: a user id of 255 bytes and, in setup and challenge, a secret or 512 bytes of `carry`.
const LONGEST: usize = 512;
const LONGEST_WITH_CARGO: usize = 1280;
/// The longest `carry`, in bytes.
pub(crate) const CARRY: usize = 512;

/// Holds a new secret until it is confirmed.
#[derive(Clone, PartialEq)]
pub(crate) struct Setup {
    pub(crate) user_id: UserId,
    /// The epoch it was issued in; `None` = there was no record.
    pub(crate) epoch: Option<Epoch>,
    /// Issued to a user who had a second factor already, against a fresh proof.
    pub(crate) active: bool,
    pub(crate) issued_at: u64,
    pub(crate) parameters: Parameters,
    pub(crate) secret: Secret,
}

/// The first factor is done, the second is due.
#[derive(Clone, PartialEq)]
pub(crate) struct Challenge {
    pub(crate) user_id: UserId,
    pub(crate) epoch: Epoch,
    pub(crate) id: Id,
    pub(crate) issued_at: u64,
    pub(crate) device: Option<Id>,
    pub(crate) carry: Option<String>,
}

/// This user proved a second factor at that time.
#[derive(Clone, PartialEq)]
pub(crate) struct Assurance {
    pub(crate) user_id: UserId,
    pub(crate) epoch: Epoch,
    pub(crate) proved_at: u64,
}

/// A browser that passed the second factor here.
#[derive(Clone, PartialEq)]
pub(crate) struct DeviceToken {
    pub(crate) user_id: UserId,
    pub(crate) id: Id,
}

/// Something that travels sealed.
pub(crate) trait Token: Sized {
    const PURPOSE: Purpose;
    const LONGEST: usize = LONGEST;

    /// An upper bound of the written size, tight because what is reserved is zeroized byte by byte.
    fn bound(&self) -> usize;
    fn write(&self, writer: &mut Writer<'_>);
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed>;

    fn seal(&self, sealer: &Sealer, entropy: &mut Entropy) -> Result<String> {
        let head = Head::new(sealer.active_id());
        let write = |writer: &mut Writer<'_>| self.write(writer);
        let bytes =
            sealer.seal(Self::PURPOSE, &entropy.nonce()?, head.as_bytes(), head.as_bytes(), self.bound(), write)?;
        let mut text = String::with_capacity(BASE64URL_NOPAD.encode_len(bytes.len()));
        BASE64URL_NOPAD.encode_append(&bytes, &mut text);
        Ok(text)
    }

    /// `None` for everything that is not such a token: forged, foreign, cut, of another purpose or an unknown key.
    fn open(sealer: &Sealer, text: &str) -> Option<Self> {
        if text.len() > Self::LONGEST {
            return None;
        }
        let mut buffer = [0; LONGEST_WITH_CARGO / 4 * 3];
        let bytes = buffer.get_mut(..BASE64URL_NOPAD.decode_len(text.len()).ok()?)?;
        BASE64URL_NOPAD.decode_mut(text.as_bytes(), bytes).ok()?;
        let (head, key_id, sealed) = split(bytes)?;
        let plain = sealer.open(Self::PURPOSE, key_id, head, sealed).ok()?;
        let mut reader = Reader::new(&plain);
        let token = Self::read(&mut reader).ok()?;
        reader.end().ok()?;
        Some(token)
    }
}

/// Beside user id, secret and carry: two numbers, an epoch, ids, flags and lengths.
const FIXED: usize = 96;

/// What stands in clear before the seal and is bound into it: format, length of the key id, key id (at most 16, see KeyRing).
struct Head {
    bytes: [u8; 18],
    length: usize,
}

impl Head {
    fn new(key_id: &str) -> Self {
        let mut bytes = [0; 18];
        let fields = [FORMAT, key_id.len().to_le_bytes()[0]].into_iter().chain(key_id.bytes());
        bytes.iter_mut().zip(fields).for_each(|(place, byte)| *place = byte);
        Self { bytes, length: key_id.len().saturating_add(2) }
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// The head of a token, its key id, and what is sealed.
fn split(bytes: &[u8]) -> Option<(&[u8], &str, &[u8])> {
    let mut reader = Reader::new(bytes);
    if reader.byte().ok()? != FORMAT {
        return None;
    }
    let key_id = reader.bytes(16).ok()?;
    let (head, sealed) = bytes.split_at_checked(key_id.len().saturating_add(2))?;
    Some((head, std::str::from_utf8(key_id).ok()?, sealed))
}

fn read_user_id(reader: &mut Reader<'_>) -> Result<UserId, Malformed> {
    let text = std::str::from_utf8(reader.bytes(255)?).map_err(|_| Malformed)?;
    UserId::new(text).map_err(|_| Malformed)
}

/// An optional array: a flag and the bytes.
fn option<const N: usize>(writer: &mut Writer<'_>, value: Option<&[u8; N]>) {
    writer.byte(value.is_some().into());
    if let Some(value) = value {
        writer.array(value);
    }
}

fn read_option<const N: usize>(reader: &mut Reader<'_>) -> Result<Option<[u8; N]>, Malformed> {
    if reader.flag()? { reader.array().map(Some) } else { Ok(None) }
}

impl Token for Setup {
    const PURPOSE: Purpose = Purpose::Setup;
    const LONGEST: usize = LONGEST_WITH_CARGO;

    fn bound(&self) -> usize {
        FIXED.saturating_add(self.user_id.as_str().len()).saturating_add(self.secret.as_bytes().len())
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.bytes(self.user_id.as_str().as_bytes());
        option(writer, self.epoch.as_ref());
        writer.byte(self.active.into());
        writer.number(self.issued_at);
        parameters(writer, self.parameters);
        writer.bytes(self.secret.as_bytes());
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            user_id: read_user_id(reader)?,
            epoch: read_option(reader)?,
            active: reader.flag()?,
            issued_at: reader.number()?,
            parameters: read_parameters(reader)?,
            secret: read_secret(reader)?,
        })
    }
}

impl Token for Challenge {
    const PURPOSE: Purpose = Purpose::Challenge;
    const LONGEST: usize = LONGEST_WITH_CARGO;

    fn bound(&self) -> usize {
        FIXED.saturating_add(self.user_id.as_str().len()).saturating_add(self.carry.as_ref().map_or(0, String::len))
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.bytes(self.user_id.as_str().as_bytes());
        writer.array(&self.epoch);
        writer.array(&self.id.0);
        writer.number(self.issued_at);
        option(writer, self.device.as_ref().map(|id| &id.0));
        writer.byte(self.carry.is_some().into());
        writer.bytes(self.carry.as_deref().unwrap_or_default().as_bytes());
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            user_id: read_user_id(reader)?,
            epoch: reader.array()?,
            id: Id(reader.array()?),
            issued_at: reader.number()?,
            device: read_option(reader)?.map(Id),
            carry: {
                let given = reader.flag()?;
                let text = reader.text(CARRY)?;
                if !given && !text.is_empty() {
                    return Err(Malformed);
                }
                given.then_some(text)
            },
        })
    }
}

impl Token for Assurance {
    const PURPOSE: Purpose = Purpose::Assurance;

    fn bound(&self) -> usize {
        FIXED.saturating_add(self.user_id.as_str().len())
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.bytes(self.user_id.as_str().as_bytes());
        writer.array(&self.epoch);
        writer.number(self.proved_at);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { user_id: read_user_id(reader)?, epoch: reader.array()?, proved_at: reader.number()? })
    }
}

impl Token for DeviceToken {
    const PURPOSE: Purpose = Purpose::Device;

    fn bound(&self) -> usize {
        FIXED.saturating_add(self.user_id.as_str().len())
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.bytes(self.user_id.as_str().as_bytes());
        writer.array(&self.id.0);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { user_id: read_user_id(reader)?, id: Id(reader.array()?) })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::entropy::OsEntropy;
    use crate::seal::KeyRing;

    fn sealer() -> Sealer {
        Sealer::new(&KeyRing::parse("sixteen-letters-:uW4LFfKUJvUI6d1vUhqfM2eu9HT3cbXvEzwpp2mhmYU=").unwrap(), "")
            .unwrap()
    }

    fn largest_challenge() -> Challenge {
        Challenge {
            user_id: UserId::new(&"u".repeat(255)).unwrap(),
            epoch: [1; 16],
            id: Id([2; 8]),
            issued_at: 253_402_300_799,
            device: Some(Id([3; 8])),
            carry: Some("c".repeat(CARRY)),
        }
    }

    #[test]
    fn the_largest_tokens_keep_their_limits_and_open() {
        let (sealer, mut entropy) = (sealer(), Entropy::new(Arc::new(OsEntropy)));
        let challenge = largest_challenge();
        let text = challenge.seal(&sealer, &mut entropy).unwrap();
        assert!(text.len() <= LONGEST_WITH_CARGO, "{}", text.len());
        assert!(Challenge::open(&sealer, &text).unwrap() == challenge);
        let setup = Setup {
            user_id: challenge.user_id.clone(),
            epoch: Some([1; 16]),
            active: true,
            issued_at: 253_402_300_799,
            parameters: Parameters::default(),
            secret: Secret::from_bytes(&[9; 64]).unwrap(),
        };
        let text = setup.seal(&sealer, &mut entropy).unwrap();
        assert!(text.len() <= LONGEST_WITH_CARGO && Setup::open(&sealer, &text).unwrap() == setup);
        let assurance = Assurance { user_id: challenge.user_id, epoch: [1; 16], proved_at: 253_402_300_799 };
        let text = assurance.seal(&sealer, &mut entropy).unwrap();
        assert!(text.len() <= LONGEST && Assurance::open(&sealer, &text).unwrap() == assurance);
    }

    #[test]
    fn a_token_of_another_purpose_cut_or_flipped_does_not_open() {
        let (sealer, mut entropy) = (sealer(), Entropy::new(Arc::new(OsEntropy)));
        let text =
            DeviceToken { user_id: UserId::new("42").unwrap(), id: Id([3; 8]) }.seal(&sealer, &mut entropy).unwrap();
        assert!(DeviceToken::open(&sealer, &text).is_some());
        assert!(Assurance::open(&sealer, &text).is_none());
        for index in 0..text.len() {
            assert!(DeviceToken::open(&sealer, &text[..index]).is_none());
            let mut flipped = text.clone().into_bytes();
            flipped[index] = if flipped[index] == b'A' { b'B' } else { b'A' };
            assert!(DeviceToken::open(&sealer, std::str::from_utf8(&flipped).unwrap()).is_none());
        }
        assert!(DeviceToken::open(&sealer, &format!("{text}=")).is_none());
        assert!(DeviceToken::open(&sealer, &"A".repeat(10_000)).is_none());
    }
}
