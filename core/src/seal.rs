//! Key ring and sealing: XAES-256-GCM (C2SP), one sub-key per key, purpose and namespace by HKDF-SHA-256 (RFC 5869).
//!
//! XAES has a 192-bit nonce, so random nonces never meet, and runs on the AES hardware.
//!
//! Key schedules are wiped here, not by the ciphers' own `zeroize` feature: that goes byte by byte over the room of every
//! implementation of AES, which takes longer than sealing, and does not reach the copies that moving leaves on the stack.

use std::fmt;
use std::ops::Deref;

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD};
use hkdf::Hkdf;
use sha2::Sha256;
use xaes_256_gcm::aead::{AeadInOut, KeyInit};
use xaes_256_gcm::{Key, Nonce, Tag, Xaes256Gcm};
use zeroize::{Zeroizing, optimization_barrier, zeroize_stack};

use crate::error::{Error, Result};
use crate::wire::Writer;

pub(crate) const NONCE: usize = 24;
const TAG: usize = 16;

/// What a sealed thing is for; each has its own sub-key, so nothing opens as something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Record,
    Setup,
    Challenge,
    Assurance,
    Device,
}

impl Purpose {
    const ALL: [Self; 5] = [Self::Record, Self::Setup, Self::Challenge, Self::Assurance, Self::Device];

    fn as_str(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Setup => "setup",
            Self::Challenge => "challenge",
            Self::Assurance => "assurance",
            Self::Device => "device",
        }
    }
}

/// The keys that seal records and tokens: the first is active, the others only open.
///
/// Rotation in three deploys: add the new key behind; move it to the front; after `reseal` and 90 days drop the old one.
///
/// ```
/// use twinlock::KeyRing;
///
/// let ring = KeyRing::new([("2026a", [7; 32].map(|byte: u8| byte))]);
/// assert!(ring.is_err(), "a key of one repeated byte is no key");
///
/// let ring = KeyRing::generate("2026a")?;
/// assert_eq!(ring.active_id(), "2026a");
/// # Ok::<(), twinlock::Error>(())
/// ```
#[derive(Clone)]
pub struct KeyRing {
    keys: Vec<(String, Zeroizing<[u8; 32]>)>,
}

impl KeyRing {
    /// Makes a ring of `(id, key)` pairs, the active one first.
    ///
    /// # Errors
    /// [`Error::Configuration`] when there is none, an id is not 1 to 16 characters of `A-Z a-z 0-9 . _ -` or stands twice,
    /// or a key is one repeated byte.
    ///
    /// ```
    /// use twinlock::KeyRing;
    ///
    /// # let (new, old) = (*b"0123456789abcdef0123456789abcdef", *b"fedcba9876543210fedcba9876543210");
    /// let ring = KeyRing::new([("2026b", new), ("2026a", old)])?;
    /// assert_eq!(ring.active_id(), "2026b");
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn new<I: AsRef<str>>(keys: impl IntoIterator<Item = (I, [u8; 32])>) -> Result<Self> {
        let mut ring = Self { keys: Vec::new() };
        for (id, key) in keys {
            ring.add(id.as_ref(), Zeroizing::new(key))?;
        }
        if ring.keys.is_empty() {
            return Err(Error::configuration(
                "there is no key: make one with `twinlock keygen` and set TWINLOCK_KEYS or TWINLOCK_KEYS_FILE",
            ));
        }
        Ok(ring)
    }

    /// Reads `2026a:<base64>,2025b:<base64>`, the form of `TWINLOCK_KEYS`; line breaks may stand for commas.
    ///
    /// # Errors
    /// [`Error::Configuration`], as [`KeyRing::new`], and when a part is not an id, a colon and 32 bytes in base64.
    ///
    /// ```
    /// use twinlock::KeyRing;
    ///
    /// let ring = KeyRing::parse("2026a:uW4LFfKUJvUI6d1vUhqfM2eu9HT3cbXvEzwpp2mhmYU=")?;
    /// assert_eq!(ring.active_id(), "2026a");
    /// assert!(KeyRing::parse("2026a:short").is_err());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self> {
        let mut keys = Vec::new();
        for part in text.split([',', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
            keys.push(parse_key(part)?);
        }
        Self::new(keys.iter().map(|(id, key)| (*id, **key)))
    }

    /// A ring of one new random key, from the operating system.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a bad id, [`Error::Internal`] when there is no randomness.
    ///
    /// ```
    /// assert!(twinlock::KeyRing::generate("an id that is too long").is_err());
    /// ```
    pub fn generate(id: &str) -> Result<Self> {
        let mut key = Zeroizing::new([0; 32]);
        crate::entropy::EntropySource::fill(&crate::entropy::OsEntropy, key.as_mut_slice())?;
        Self::new([(id, *key)])
    }

    /// The ring in the form that [`KeyRing::parse`] reads: keep it secret.
    ///
    /// ```
    /// use twinlock::KeyRing;
    ///
    /// let ring = KeyRing::generate("2026a")?;
    /// assert!(KeyRing::parse(&ring.to_text()).is_ok());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(self.keys.len().saturating_mul(64)));
        for (id, key) in &self.keys {
            if !text.is_empty() {
                text.push(',');
            }
            text.push_str(id);
            text.push(':');
            BASE64.encode_append(key.as_slice(), &mut text);
        }
        text
    }

    /// The id of the key that seals.
    ///
    /// ```
    /// assert_eq!(twinlock::KeyRing::generate("k1")?.active_id(), "k1");
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    #[must_use]
    pub fn active_id(&self) -> &str {
        self.keys.first().map_or("", |(id, _)| id)
    }

    fn add(&mut self, id: &str, key: Zeroizing<[u8; 32]>) -> Result<()> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if id.is_empty() || id.len() > 16 || !id.bytes().all(fits) {
            return Err(Error::configuration("a key id must be 1 to 16 letters, digits, dots, hyphens or underscores"));
        }
        if self.keys.iter().any(|(other, _)| other == id) {
            return Err(Error::configuration("two keys of the key ring have the same id"));
        }
        if key.iter().all(|byte| Some(byte) == key.first()) {
            return Err(Error::configuration("a key of one repeated byte is no key: make one with `twinlock keygen`"));
        }
        self.keys.push((id.to_owned(), key));
        Ok(())
    }
}

fn parse_key(part: &str) -> Result<(&str, Zeroizing<[u8; 32]>)> {
    let malformed = || Error::configuration("a key must read `id:base64 of 32 bytes`: make one with `twinlock keygen`");
    let (id, text) = part.split_once(':').ok_or_else(malformed)?;
    let bytes = [BASE64, BASE64_NOPAD, BASE64URL_NOPAD].iter().find_map(|form| form.decode(text.as_bytes()).ok());
    let bytes = Zeroizing::new(bytes.ok_or_else(malformed)?);
    let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| malformed())?;
    Ok((id, Zeroizing::new(key)))
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.keys.iter().map(|(id, _)| id)).finish()
    }
}

/// The ring with its sub-keys derived for one namespace.
pub(crate) struct Sealer {
    keys: Vec<SealingKey>,
}

struct SealingKey {
    id: String,
    ciphers: Vec<(Purpose, Xaes256Gcm)>,
}

/// Why something sealed does not open.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unsealable {
    UnknownKey,
    Tampered,
}

impl Sealer {
    pub(crate) fn new(ring: &KeyRing, namespace: &str) -> Result<Self> {
        let keys = ring.keys.iter().map(|(id, key)| SealingKey::derive(id, key, namespace)).collect::<Result<_>>();
        zeroize_stack::<{ 2 * SCHEDULES }>();
        Ok(Self { keys: keys? })
    }

    pub(crate) fn active_id(&self) -> &str {
        self.keys.first().map_or("", |key| &key.id)
    }

    /// Seals with the active key what `write` writes, at most `bound` bytes; gives `head`, nonce, ciphertext and tag.
    pub(crate) fn seal(
        &self,
        purpose: Purpose,
        nonce: &[u8; NONCE],
        associated: &[u8],
        head: &[u8],
        bound: usize,
        write: impl FnOnce(&mut Writer<'_>),
    ) -> Result<Vec<u8>> {
        let cipher =
            self.keys.first().and_then(|key| key.cipher(purpose)).ok_or_else(|| Error::internal("no sealing key"))?;
        let start = head.len().saturating_add(NONCE);
        // INVARIANT: there is room for all of it, so that no plain text is left behind by growing. It is encrypted where it was written.
        let mut out = Zeroizing::new(Vec::with_capacity(start.saturating_add(bound).saturating_add(TAG)));
        out.extend_from_slice(head);
        out.extend_from_slice(nonce);
        write(&mut Writer(&mut out));
        debug_assert!(out.len() <= start.saturating_add(bound), "the bound is too low");
        let body = out.get_mut(start..).ok_or_else(|| Error::internal("sealing lost its place"))?;
        let tag = encrypt(cipher, nonce, associated, body);
        zeroize_stack::<SCHEDULES>();
        out.extend_from_slice(&tag.ok_or_else(|| Error::internal("sealing failed"))?);
        Ok(std::mem::take(&mut *out))
    }

    /// Opens what [`Sealer::seal`] made with that key.
    pub(crate) fn open(
        &self,
        purpose: Purpose,
        key_id: &str,
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<Plain, Unsealable> {
        let key = self.keys.iter().find(|key| key.id == key_id).ok_or(Unsealable::UnknownKey)?;
        let cipher = key.cipher(purpose).ok_or(Unsealable::UnknownKey)?;
        let (nonce, rest) = sealed.split_first_chunk::<NONCE>().ok_or(Unsealable::Tampered)?;
        let (body, tag) = rest.split_last_chunk::<TAG>().ok_or(Unsealable::Tampered)?;
        let mut plain = Plain::from(body);
        let opened = decrypt(cipher, nonce, associated, plain.as_mut(), tag);
        zeroize_stack::<SCHEDULES>();
        opened.map(|()| plain).ok_or(Unsealable::Tampered)
    }
}

/// More stack than one sealing or opening takes: a message's key schedule, moved about, at a kilobyte each.
const SCHEDULES: usize = 4096;

// Never inlined, so that what they leave on the stack lies where `zeroize_stack` wipes.

#[inline(never)]
fn encrypt(cipher: &Xaes256Gcm, nonce: &[u8; NONCE], associated: &[u8], body: &mut [u8]) -> Option<Tag> {
    cipher.encrypt_inout_detached(&Nonce::from(*nonce), associated, body.into()).ok()
}

#[inline(never)]
fn decrypt(
    cipher: &Xaes256Gcm,
    nonce: &[u8; NONCE],
    associated: &[u8],
    body: &mut [u8],
    tag: &[u8; TAG],
) -> Option<()> {
    cipher.decrypt_inout_detached(&Nonce::from(*nonce), associated, body.into(), &Tag::from(*tag)).ok()
}

/// What was opened, wiped when dropped: kept in words, for wiping a record byte by byte takes as long as opening it.
pub(crate) struct Plain {
    words: Zeroizing<Vec<u64>>,
    length: usize,
}

impl From<&[u8]> for Plain {
    fn from(bytes: &[u8]) -> Self {
        let count = bytes.len().div_ceil(size_of::<u64>());
        // Not `vec![0; count]`: zeroed memory comes by a slower way than any other.
        let mut words = Zeroizing::new(Vec::with_capacity(count));
        words.resize(count, 0);
        let mut plain = Self { words, length: bytes.len() };
        plain.as_mut().copy_from_slice(bytes);
        plain
    }
}

impl Plain {
    fn as_mut(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(self.words.as_mut_slice()).get_mut(..self.length).unwrap_or_default()
    }
}

impl Deref for Plain {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.words).get(..self.length).unwrap_or_default()
    }
}

impl SealingKey {
    #[inline(never)] // as `encrypt`
    fn derive(id: &str, key: &[u8; 32], namespace: &str) -> Result<Self> {
        let hkdf = Hkdf::<Sha256>::new(Some(b"twinlock v1"), key);
        let mut ciphers = Vec::with_capacity(Purpose::ALL.len());
        for purpose in Purpose::ALL {
            let mut sub_key = Zeroizing::new([0; 32]);
            // NUL separates: no purpose holds one, and the namespace stands last
            hkdf.expand_multi_info(&[purpose.as_str().as_bytes(), b"\0", namespace.as_bytes()], sub_key.as_mut_slice())
                .map_err(|_| Error::internal("key derivation failed"))?;
            ciphers.push((purpose, Xaes256Gcm::new(&<Key>::from(*sub_key))));
        }
        Ok(Self { id: id.to_owned(), ciphers })
    }

    fn cipher(&self, purpose: Purpose) -> Option<&Xaes256Gcm> {
        self.ciphers.iter().find(|(other, _)| *other == purpose).map(|(_, cipher)| cipher)
    }
}

impl Drop for SealingKey {
    fn drop(&mut self) {
        for (_, cipher) in &mut self.ciphers {
            *cipher = Xaes256Gcm::new(&Default::default());
            optimization_barrier(cipher); // else the compiler may leave out a write that nobody reads
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(text: &str, namespace: &str) -> Sealer {
        Sealer::new(&KeyRing::parse(text).unwrap(), namespace).unwrap()
    }

    const OLD: &str = "old:uW4LFfKUJvUI6d1vUhqfM2eu9HT3cbXvEzwpp2mhmYU=";
    const NEW: &str = "new:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn sealed(sealer: &Sealer) -> Vec<u8> {
        sealer.seal(Purpose::Record, &[9; NONCE], b"about", b"", 7, |writer| writer.array(b"content")).unwrap()
    }

    fn open(ring: &Sealer, purpose: Purpose, key_id: &str, about: &[u8], bytes: &[u8]) -> Result<Vec<u8>, Unsealable> {
        ring.open(purpose, key_id, about, bytes).map(|plain| plain.to_vec())
    }

    #[test]
    fn nothing_opens_for_another_purpose_namespace_key_or_subject() {
        let ring = sealer(OLD, "");
        let bytes = sealed(&ring);
        assert_eq!(open(&ring, Purpose::Record, "old", b"about", &bytes).unwrap(), b"content");
        assert_eq!(open(&ring, Purpose::Device, "old", b"about", &bytes), Err(Unsealable::Tampered));
        assert_eq!(open(&ring, Purpose::Record, "old", b"else", &bytes), Err(Unsealable::Tampered));
        assert_eq!(open(&ring, Purpose::Record, "none", b"about", &bytes), Err(Unsealable::UnknownKey));
        assert_eq!(open(&sealer(OLD, "staging"), Purpose::Record, "old", b"about", &bytes), Err(Unsealable::Tampered));
    }

    #[test]
    fn any_flipped_bit_and_any_cut_is_found() {
        let ring = sealer(OLD, "");
        let bytes = sealed(&ring);
        for index in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[index] ^= 1;
            assert_eq!(open(&ring, Purpose::Record, "old", b"about", &flipped), Err(Unsealable::Tampered));
            assert_eq!(open(&ring, Purpose::Record, "old", b"about", &bytes[..index]), Err(Unsealable::Tampered));
        }
    }

    #[test]
    fn the_first_key_seals_and_all_open() {
        let before = sealed(&sealer(OLD, ""));
        let rotated = sealer(&format!("{NEW},{OLD}"), "");
        assert_eq!(rotated.active_id(), "new");
        assert!(open(&rotated, Purpose::Record, "old", b"about", &before).is_ok());
    }

    #[test]
    fn bad_rings_are_refused_and_never_shown() {
        for text in
            ["", "nokey", "a:AAAA", &format!("{OLD},{OLD}"), "bad id!:uW4LFfKUJvUI6d1vUhqfM2eu9HT3cbXvEzwpp2mhmYU="]
        {
            assert!(matches!(KeyRing::parse(text), Err(Error::Configuration(_))), "{text}");
        }
        assert_eq!(format!("{:?}", KeyRing::parse(OLD).unwrap()), "[\"old\"]");
    }
}
