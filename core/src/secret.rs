//! The shared secret of one authenticator: its sizes, its base32 form, and silence about both.

use core::fmt;

use data_encoding::BASE32_NOPAD;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Fewest bytes of a secret. Eighty bits is what old services handed out and people still have on
/// their phones; RFC 4226 R6 asks for 128, so anything below that [is weak](Secret::is_weak).
const MIN_BYTES: usize = 10;
/// Most bytes of a secret: the block of SHA-1 and SHA-256. A longer HMAC key would only be hashed.
const MAX_BYTES: usize = 64;
/// RFC 4226 R6: "The length of the shared secret MUST be at least 128 bits."
const STRONG_BYTES: usize = 16;

/// The secret that a server and an authenticator share: 10 to 64 bytes.
///
/// It is wiped from memory when dropped, compares in constant time, and its `Debug` says nothing.
///
/// ```
/// use twinlock::secret::Secret;
///
/// let secret = Secret::from_base32("gezd gnbv gy3t qojq gezd gnbv gy3t qojq")?;
/// assert_eq!(secret.as_bytes(), b"12345678901234567890");
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// # Ok::<(), twinlock::secret::InvalidSecret>(())
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

/// Why a text or some bytes are no usable [`Secret`]. The caller's mistake; no message repeats the input.
///
/// ```
/// use twinlock::secret::{InvalidSecret, Secret};
///
/// assert_eq!(Secret::from_base32("0189").unwrap_err(), InvalidSecret::NotBase32);
/// assert_eq!(InvalidSecret::TooShort.to_string(), "the secret is shorter than 80 bits");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSecret {
    /// A character that is not in RFC 4648's base32 alphabet, or padding elsewhere than at the end.
    #[error("the secret is not base32")]
    NotBase32,
    /// No bytes encode to this number of base32 characters: one was lost or added in copying.
    #[error("the secret has a length that base32 cannot have")]
    ImpossibleLength,
    /// Fewer than 10 bytes.
    #[error("the secret is shorter than 80 bits")]
    TooShort,
    /// More than 64 bytes.
    #[error("the secret is longer than 512 bits")]
    TooLong,
}

impl Secret {
    /// Takes 10 to 64 raw bytes.
    ///
    /// # Errors
    /// [`InvalidSecret::TooShort`] and [`InvalidSecret::TooLong`].
    ///
    /// ```
    /// use twinlock::secret::Secret;
    ///
    /// assert!(Secret::from_bytes(&[7; 20]).is_ok());
    /// assert!(Secret::from_bytes(&[7; 9]).is_err());
    /// ```
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidSecret> {
        match bytes.len() {
            ..MIN_BYTES => Err(InvalidSecret::TooShort),
            MIN_BYTES..=MAX_BYTES => Ok(Self(Zeroizing::new(bytes.to_vec()))),
            _ => Err(InvalidSecret::TooLong),
        }
    }

    /// Reads base32 (RFC 4648 §6) as people and other systems write it: either case, with spaces and
    /// hyphens between groups, with or without padding.
    ///
    /// Spare bits in the last character are ignored. RFC 4648 §3.5 lets a reader refuse them, but
    /// other systems have drawn random *characters* as secrets, and authenticator apps ignore the
    /// spare bits: refusing would lock out the people who move in with such a secret.
    ///
    /// # Errors
    /// Every variant of [`InvalidSecret`].
    ///
    /// ```
    /// use twinlock::secret::{InvalidSecret, Secret};
    ///
    /// let plain = Secret::from_base32("GEZDGNBVGY3TQOJQGE")?;
    /// assert_eq!(plain, Secret::from_base32("gezd-gnbv-gy3t-qojq-ge======")?);
    /// assert_eq!(Secret::from_base32("GEZDGNBVGY3TQOJQG"), Err(InvalidSecret::ImpossibleLength));
    /// # Ok::<(), InvalidSecret>(())
    /// ```
    pub fn from_base32(text: &str) -> Result<Self, InvalidSecret> {
        let digits = text.trim_end_matches(['=', ' ', '-']);
        // The full capacity at once: a growing vector would leave copies of the secret behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES));
        let (mut characters, mut pending, mut pending_bits) = (0_usize, 0_u16, 0_u32);
        for byte in digits.bytes().filter(|byte| !matches!(byte, b' ' | b'-')) {
            let five_bits = base32_value(byte).ok_or(InvalidSecret::NotBase32)?;
            characters = characters.wrapping_add(1);
            pending = (pending << 5) | u16::from(five_bits);
            pending_bits = pending_bits.wrapping_add(5);
            if pending_bits >= 8 {
                pending_bits = pending_bits.wrapping_sub(8);
                if bytes.len() == MAX_BYTES {
                    return Err(InvalidSecret::TooLong);
                }
                let [_, whole] = (pending >> pending_bits).to_be_bytes();
                bytes.push(whole);
            }
        }
        // A byte ends in the 2nd, 4th, 5th, 7th and 8th character of a group of eight, no other.
        if matches!(characters & 7, 1 | 3 | 6) {
            return Err(InvalidSecret::ImpossibleLength);
        }
        if bytes.len() < MIN_BYTES {
            return Err(InvalidSecret::TooShort);
        }
        Ok(Self(bytes))
    }

    /// Upper-case base32 without padding, as authenticator apps want it typed.
    ///
    /// ```
    /// use twinlock::secret::Secret;
    ///
    /// let secret = Secret::from_bytes(b"12345678901234567890")?;
    /// assert_eq!(*secret.to_base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    /// # Ok::<(), twinlock::secret::InvalidSecret>(())
    /// ```
    #[must_use]
    pub fn to_base32(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(&self.0))
    }

    /// The raw bytes: the HMAC key.
    ///
    /// ```
    /// use twinlock::secret::Secret;
    ///
    /// assert_eq!(Secret::from_bytes(&[7; 20])?.as_bytes(), [7; 20]);
    /// # Ok::<(), twinlock::secret::InvalidSecret>(())
    /// ```
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether the secret has fewer than the 128 bits that RFC 4226 R6 demands.
    ///
    /// ```
    /// use twinlock::secret::Secret;
    ///
    /// assert!(Secret::from_base32("JBSWY3DPEHPK3PXP")?.is_weak());
    /// assert!(!Secret::from_bytes(&[7; 20])?.is_weak());
    /// # Ok::<(), twinlock::secret::InvalidSecret>(())
    /// ```
    #[must_use]
    pub fn is_weak(&self) -> bool {
        self.0.len() < STRONG_BYTES
    }
}

/// The five bits of one base32 character, computed rather than looked up, so that no secret picks
/// an address in memory.
fn base32_value(character: u8) -> Option<u8> {
    match character {
        b'A'..=b'Z' => Some(character.wrapping_sub(b'A')),
        b'a'..=b'z' => Some(character.wrapping_sub(b'a')),
        b'2'..=b'7' => Some(character.wrapping_sub(b'2').wrapping_add(26)),
        _ => None,
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(..)")
    }
}
