//! The door: what comes in is parsed here once, behind it nothing is checked again.

use std::fmt;
use std::sync::Arc;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::error::{Error, Result};

/// The host's opaque, immutable id of a user: 1 to 255 bytes without control characters, compared byte by byte.
///
/// Never an e-mail address or a user name, which change hands.
///
/// ```
/// use twinlock::UserId;
///
/// assert_eq!(UserId::new("42")?.as_str(), "42");
/// assert!(UserId::new("").is_err());
/// assert!(UserId::new("a\0b").is_err());
/// # Ok::<(), twinlock::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UserId(Arc<str>); // shared by the call and the tokens it makes

impl UserId {
    /// Reads a user id.
    ///
    /// # Errors
    /// [`Error::MalformedRequest`] when it is empty, over 255 bytes or holds a control character.
    ///
    /// ```
    /// assert!(twinlock::UserId::new(&"x".repeat(256)).is_err());
    /// ```
    pub fn new(id: &str) -> Result<Self> {
        check(id, "user id", 1, 255).map(|()| Self(id.into()))
    }

    /// The id as given.
    ///
    /// ```
    /// assert_eq!(twinlock::UserId::new("Ada")?.as_str(), "Ada");
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("UserId(..)")
    }
}

/// Text of `min` to `max` bytes without control characters.
pub(crate) fn text(value: &str, what: &str, min: usize, max: usize) -> Result<String> {
    check(value, what, min, max).map(|()| value.to_owned())
}

fn check(value: &str, what: &str, min: usize, max: usize) -> Result<()> {
    if value.len() < min || value.len() > max || value.chars().any(char::is_control) {
        return Err(Error::malformed(format!(
            "the {what} must be {min} to {max} bytes of text without control characters"
        )));
    }
    Ok(())
}

/// What the host says about the request (address, agent): at most 256 bytes, control characters become spaces.
pub(crate) fn context(value: Option<&str>) -> Result<Option<String>> {
    let Some(value) = value else { return Ok(None) };
    if value.len() > 256 {
        return Err(Error::malformed("the context must be at most 256 bytes"));
    }
    Ok(Some(value.replace(char::is_control, " ")))
}

/// The label of a device: the first 64 bytes of the context at a character boundary.
pub(crate) fn label(context: Option<&str>) -> String {
    let context = context.unwrap_or_default();
    let end = (0..=64).rev().find(|&end| context.is_char_boundary(end)).unwrap_or(0);
    context.get(..end).unwrap_or(context).to_owned()
}

/// An id within one user's record, shown as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id(pub(crate) [u8; 8]);

impl Id {
    /// An id that cannot be read names nothing.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).map_err(|_| Error::NotFound)?;
        bytes.try_into().map(Self).map_err(|_| Error::NotFound)
    }

    /// As it is shown.
    pub(crate) fn text(self) -> String {
        let mut text = String::with_capacity(16);
        data_encoding::HEXLOWER.encode_append(&self.0, &mut text);
        text
    }
}

/// What a person typed, parsed: see [`Presented::parse`].
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub(crate) enum Presented {
    /// One code of an authenticator.
    Single(TotpCode),
    /// Three consecutive codes, the oldest first.
    Triple([TotpCode; 3]),
    /// A backup code.
    Backup(BackupCode),
}

/// A code of 6 to 8 digits.
#[derive(Clone, Copy, PartialEq, Eq, Zeroize)]
pub(crate) struct TotpCode {
    pub(crate) digits: u8,
    pub(crate) value: u32,
}

/// The 80 bits of a backup code.
pub(crate) type BackupCode = [u8; 10];

/// Longer input than any code with its separators is not looked at.
const LONGEST_INPUT: usize = 64;

impl Presented {
    /// Strips ASCII spaces, hyphens, CR, LF and TAB once; then 6 to 8 ASCII digits are a code of an authenticator,
    /// 16 Crockford base32 characters a backup code (any case, O read as 0, I and L as 1).
    ///
    /// # Errors
    /// [`Error::MalformedCode`] for everything else, and for any number of `next_codes` but 0 or 2.
    pub(crate) fn parse(code: &str, next_codes: &[&str]) -> Result<Self> {
        match next_codes {
            [] => parse_one(code),
            [second, third] => match (parse_one(code)?, parse_one(second)?, parse_one(third)?) {
                (Self::Single(a), Self::Single(b), Self::Single(c)) if a.digits == b.digits && b.digits == c.digits => {
                    Ok(Self::Triple([a, b, c]))
                }
                _ => Err(Error::MalformedCode),
            },
            _ => Err(Error::MalformedCode),
        }
    }
}

fn parse_one(code: &str) -> Result<Presented> {
    if code.len() > LONGEST_INPUT {
        return Err(Error::MalformedCode);
    }
    let mut normal = zeroize::Zeroizing::new([0_u8; 17]);
    let mut length = 0_usize;
    for byte in code.bytes().filter(|byte| !matches!(byte, b' ' | b'-' | b'\r' | b'\n' | b'\t')) {
        *normal.get_mut(length).ok_or(Error::MalformedCode)? = byte;
        length = length.saturating_add(1);
    }
    let normal = normal.get(..length).ok_or(Error::MalformedCode)?;
    match length {
        6..=8 => totp_code(normal).map(Presented::Single),
        16 => crate::backup_codes::parse(normal).map(Presented::Backup),
        _ => Err(Error::MalformedCode),
    }
}

fn totp_code(ascii: &[u8]) -> Result<TotpCode> {
    let mut value = 0_u32;
    for byte in ascii {
        if !byte.is_ascii_digit() {
            return Err(Error::MalformedCode);
        }
        value = value.wrapping_mul(10).wrapping_add(u32::from(byte.wrapping_sub(b'0')));
    }
    let digits = u8::try_from(ascii.len()).map_err(|_| Error::MalformedCode)?;
    Ok(TotpCode { digits, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn single(code: &str) -> Option<(u8, u32)> {
        match &Presented::parse(code, &[]) {
            Ok(Presented::Single(code)) => Some((code.digits, code.value)),
            _ => None,
        }
    }

    #[test]
    fn separators_people_type_are_stripped() {
        for typed in ["012345", "012 345", "012-345", " 012345\r\n", "\t012345"] {
            assert_eq!(single(typed), Some((6, 12_345)), "{typed:?}");
        }
        assert_eq!(single("01234567"), Some((8, 1_234_567)));
    }

    #[test]
    fn what_cannot_be_a_code_is_malformed() {
        let long = "1".repeat(1_000_000);
        for typed in
            ["", "12345", "123456789", "１２３４５６", "١٢٣٤٥٦", "12345a", "123.456", "123\x00456", "+12345", &long]
        {
            assert!(matches!(Presented::parse(typed, &[]), Err(Error::MalformedCode)));
        }
    }

    #[test]
    fn next_codes_are_none_or_two_of_the_same_length() {
        assert!(matches!(Presented::parse("123456", &["123457", "123458"]), Ok(Presented::Triple(_))));
        for next in [
            &["123457"][..],
            &["123457", "1234578"],
            &["1", "2"],
            &["123457", "123458", "123459"],
            &["0000-0000-0000-0000"; 2],
        ] {
            assert!(matches!(Presented::parse("123456", next), Err(Error::MalformedCode)));
        }
    }

    #[test]
    fn backup_codes_are_read_in_any_case_with_look_alikes() {
        let same = ["0O1I-L234-5678-9ABC", "0011123456789abc", "oo1ll23456789ABC"];
        let parsed: Vec<_> = same
            .iter()
            .map(|typed| match Presented::parse(typed, &[]) {
                Ok(ref presented @ Presented::Backup(code)) => {
                    let _ = presented;
                    code
                }
                _ => [255; 10],
            })
            .collect();
        assert_eq!(parsed[0], parsed[1]);
        assert_eq!(parsed[1], parsed[2]);
        assert_ne!(parsed[0], [255; 10]);
        assert!(Presented::parse("U000-0000-0000-0000", &[]).is_err());
    }

    #[test]
    fn a_label_is_cut_at_a_character_boundary() {
        let context = format!("{}é", "x".repeat(63));
        assert_eq!(label(Some(&context)), "x".repeat(63));
        assert_eq!(label(None), "");
    }
}
