//! The arithmetic of one-time passwords: HOTP (RFC 4226) and its time steps, TOTP (RFC 6238).
//!
//! Nothing here decides anything: which steps are compared, and what a match means, stands in
//! `verification`.

use core::{fmt, str::FromStr};

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use zeroize::Zeroizing;

use crate::secret::Secret;

/// The hash under the HMAC.
///
/// SHA-1 is the default everywhere because many authenticator apps ignore the parameter; HMAC does
/// not need the collision resistance that SHA-1 lost (RFC 6194 §3.3).
///
/// ```
/// use twinlock::otp::Algorithm;
///
/// assert_eq!("sha-256".parse(), Ok(Algorithm::Sha256));
/// assert_eq!(Algorithm::Sha256.as_str(), "SHA256");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// HMAC-SHA-1, RFC 4226's only one.
    #[default]
    Sha1,
    /// HMAC-SHA-256 (RFC 6238 §1.2).
    Sha256,
    /// HMAC-SHA-512 (RFC 6238 §1.2).
    Sha512,
}

/// The name of an algorithm that is none of SHA-1, SHA-256 and SHA-512. The caller's mistake.
///
/// ```
/// use twinlock::otp::{Algorithm, UnknownAlgorithm};
///
/// assert_eq!("MD5".parse::<Algorithm>(), Err(UnknownAlgorithm));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the algorithm is none of SHA1, SHA256 and SHA512")]
pub struct UnknownAlgorithm;

impl Algorithm {
    /// The name as the Key URI Format spells it.
    ///
    /// ```
    /// assert_eq!(twinlock::otp::Algorithm::Sha1.as_str(), "SHA1");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    /// Reads `SHA1`, `SHA-1`, `sha1` and the like.
    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        [("SHA1", "SHA-1", Self::Sha1), ("SHA256", "SHA-256", Self::Sha256), ("SHA512", "SHA-512", Self::Sha512)]
            .into_iter()
            .find(|(plain, hyphened, _)| name.eq_ignore_ascii_case(plain) || name.eq_ignore_ascii_case(hyphened))
            .map(|(_, _, algorithm)| algorithm)
            .ok_or(UnknownAlgorithm)
    }
}

/// What an authenticator and a server must agree on besides the secret.
///
/// [`Parameters::new`] checks the ranges; outside this crate there is no other way to make one but
/// [`Parameters::default`]: SHA-1, 6 digits, 30 seconds, which every app knows.
///
/// ```
/// use twinlock::otp::{Algorithm, Parameters};
///
/// let parameters = Parameters::new(Algorithm::Sha256, 8, 60)?;
/// assert_eq!(parameters.step_at(119), 1);
/// assert_eq!(Parameters::default().digits, 6);
/// # Ok::<(), twinlock::otp::InvalidParameters>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Parameters {
    /// The hash under the HMAC.
    pub algorithm: Algorithm,
    /// Digits of a code: 6 to 8.
    pub digits: u8,
    /// Seconds of one time step: 1 to 300.
    pub period: u32,
}

/// A number of [`Parameters`] that is out of range. The caller's mistake.
///
/// ```
/// use twinlock::otp::{Algorithm, InvalidParameters, Parameters};
///
/// assert_eq!(Parameters::new(Algorithm::Sha1, 5, 30), Err(InvalidParameters::Digits));
/// assert_eq!(Parameters::new(Algorithm::Sha1, 6, 0), Err(InvalidParameters::Period));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidParameters {
    /// Not 6, 7 or 8. RFC 4226 R4: "at least a 6-digit value"; its §5.3 computes at most 8 of them.
    #[error("digits are not 6, 7 or 8")]
    Digits,
    /// Not within 1 to 300 seconds: a code that lives longer can be read off a shoulder and used.
    #[error("the period is not within 1 to 300 seconds")]
    Period,
}

impl Parameters {
    /// Takes 6 to 8 digits and a period of 1 to 300 seconds.
    ///
    /// # Errors
    /// [`InvalidParameters`] names the number that is out of range.
    ///
    /// ```
    /// use twinlock::otp::{Algorithm, Parameters};
    ///
    /// assert_eq!(Parameters::new(Algorithm::Sha1, 6, 30), Ok(Parameters::default()));
    /// ```
    pub const fn new(algorithm: Algorithm, digits: u8, period: u32) -> Result<Self, InvalidParameters> {
        if !matches!(digits, 6..=8) {
            return Err(InvalidParameters::Digits);
        }
        if !matches!(period, 1..=300) {
            return Err(InvalidParameters::Period);
        }
        Ok(Self { algorithm, digits, period })
    }

    /// The time step that a Unix time lies in: RFC 6238 §4.2 with T0 = 0.
    ///
    /// ```
    /// use twinlock::otp::Parameters;
    ///
    /// assert_eq!(Parameters::default().step_at(59), 1);
    /// assert_eq!(Parameters::default().step_at(60), 2);
    /// ```
    #[must_use]
    pub fn step_at(&self, unix_seconds: u64) -> u64 {
        // INVARIANT: `new` keeps the period above 0; without a period there is only the first step.
        unix_seconds.checked_div(u64::from(self.period)).unwrap_or(0)
    }
}

impl Default for Parameters {
    fn default() -> Self {
        Self { algorithm: Algorithm::Sha1, digits: 6, period: 30 }
    }
}

/// Makes the codes of one authenticator: the HMAC key is set up once, each code costs a copy of that
/// state and two hash blocks. Comparing a window of three steps this way takes less time than three
/// calls of a function that is given the key each time.
///
/// The keyed state is wiped when dropped. `Debug` shows none of it.
///
/// ```
/// use twinlock::otp::{CodeGenerator, Parameters};
/// use twinlock::secret::Secret;
///
/// let secret = Secret::from_bytes(b"12345678901234567890")?; // RFC 4226, appendix D
/// let generator = CodeGenerator::new(&secret, Parameters::default());
/// assert_eq!(generator.value(0), 755_224);
/// assert_eq!(*generator.code(4), "338314");
/// # Ok::<(), twinlock::secret::InvalidSecret>(())
/// ```
#[derive(Clone)]
pub struct CodeGenerator {
    mac: KeyedMac,
    modulus: u32,
    digits: u8,
}

#[derive(Clone)]
enum KeyedMac {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha512(Hmac<Sha512>),
}

impl CodeGenerator {
    /// Sets the key up.
    ///
    /// ```
    /// use twinlock::otp::{CodeGenerator, Parameters};
    /// use twinlock::secret::Secret;
    ///
    /// let generator = CodeGenerator::new(&Secret::from_bytes(&[7; 20])?, Parameters::default());
    /// assert_eq!(format!("{generator:?}"), "CodeGenerator { digits: 6, .. }");
    /// # Ok::<(), twinlock::secret::InvalidSecret>(())
    /// ```
    #[must_use]
    pub fn new(secret: &Secret, parameters: Parameters) -> Self {
        let key = secret.as_bytes();
        let mac = match parameters.algorithm {
            Algorithm::Sha1 => KeyedMac::Sha1(keyed(key)),
            Algorithm::Sha256 => KeyedMac::Sha256(keyed(key)),
            Algorithm::Sha512 => KeyedMac::Sha512(keyed(key)),
        };
        Self {
            mac,
            modulus: match parameters.digits {
                ..=6 => 1_000_000,
                7 => 10_000_000,
                8.. => 100_000_000,
            },
            digits: parameters.digits.clamp(6, 8),
        }
    }

    /// The code of a counter or time step as a number: RFC 4226 §5.3, steps 1 to 3.
    ///
    /// ```
    /// use twinlock::otp::{Algorithm, CodeGenerator, Parameters};
    /// use twinlock::secret::Secret;
    ///
    /// let secret = Secret::from_bytes(b"12345678901234567890")?; // RFC 6238, appendix B
    /// let parameters = Parameters::new(Algorithm::Sha1, 8, 30)?;
    /// let generator = CodeGenerator::new(&secret, parameters);
    /// assert_eq!(generator.value(parameters.step_at(1_111_111_109)), 7_081_804);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn value(&self, counter: u64) -> u32 {
        let message = counter.to_be_bytes();
        let truncated = match &self.mac {
            KeyedMac::Sha1(mac) => truncate(&sign(mac, &message)),
            KeyedMac::Sha256(mac) => truncate(&sign(mac, &message)),
            KeyedMac::Sha512(mac) => truncate(&sign(mac, &message)),
        };
        // INVARIANT: the modulus is a constant above 0.
        truncated.checked_rem(self.modulus).unwrap_or(0)
    }

    /// The code of a counter or time step as shown: with its leading zeros.
    ///
    /// ```
    /// use twinlock::otp::{Algorithm, CodeGenerator, Parameters};
    /// use twinlock::secret::Secret;
    ///
    /// let secret = Secret::from_bytes(b"12345678901234567890")?;
    /// let generator = CodeGenerator::new(&secret, Parameters::new(Algorithm::Sha1, 8, 30)?);
    /// assert_eq!(*generator.code(1_111_111_109 / 30), "07081804");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn code(&self, counter: u64) -> Zeroizing<String> {
        let value = self.value(counter);
        Zeroizing::new(format!("{value:0width$}", width = usize::from(self.digits)))
    }
}

impl fmt::Debug for CodeGenerator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CodeGenerator").field("digits", &self.digits).finish_non_exhaustive()
    }
}

/// HMAC with its key absorbed. HMAC takes keys of any length, so the fallback, the empty key, is
/// never reached; it stands here because the core does not panic.
fn keyed<M: KeyInit>(key: &[u8]) -> M {
    M::new_from_slice(key).unwrap_or_else(|_| M::new(&Default::default()))
}

fn sign<M: Mac + Clone>(mac: &M, message: &[u8]) -> hmac::digest::Output<M> {
    mac.clone().chain_update(message).finalize().into_bytes()
}

/// Dynamic truncation, RFC 4226 §5.3: 31 bits from where the low four bits of the last byte point.
/// A SHA-1 output has 20 bytes and the largest offset is 15, so four bytes are always there.
fn truncate(hash: &[u8]) -> u32 {
    let offset = usize::from(hash.last().copied().unwrap_or(0) & 0xf);
    let word = hash.get(offset..).and_then(<[u8]>::first_chunk::<4>);
    u32::from_be_bytes(word.copied().unwrap_or_default()) & 0x7fff_ffff
}
