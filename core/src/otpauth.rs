//! Moving a secret between a server and an authenticator: the `otpauth://` URI in a QR code, strict
//! both ways, and, in [`migration`], the `otpauth-migration://` export of authenticator apps.
//!
//! The Key URI Format was never written down strictly, and readers differ in what they make of odd
//! URIs. Whatever two readers could understand differently is refused here: a parameter given twice,
//! an issuer that is not the one in the label, a fragment. Two things are read although RFC 3986
//! would have them escaped, because many services print them and they can mean only one thing: bare
//! spaces and bare UTF-8 in the names.

pub mod migration;
mod protobuf;
mod uri;

use zeroize::Zeroizing;

use crate::{
    otp::{InvalidParameters, Parameters, UnknownAlgorithm},
    secret::{InvalidSecret, Secret},
};

/// Longest issuer, in bytes of UTF-8.
pub(crate) const MAX_ISSUER: usize = 64;
/// Longest account name, in bytes of UTF-8.
pub(crate) const MAX_ACCOUNT_NAME: usize = 128;

/// What an `otpauth://totp/…` URI says: who, for whom, the secret and how codes are made of it.
///
/// Names carry no surrounding spaces and no control characters; [`OtpauthUri::new`] and
/// [`OtpauthUri::parse`] see to that. `Debug` does not show the secret.
///
/// ```
/// use twinlock::otpauth::OtpauthUri;
///
/// let uri = OtpauthUri::parse("otpauth://totp/Acme:ada?secret=GEZDGNBVGY3TQOJQ&issuer=Acme")?;
/// assert_eq!(uri.issuer.as_deref(), Some("Acme"));
/// assert_eq!(uri.account_name, "ada");
/// assert!(uri.to_uri().ends_with("&algorithm=SHA1&digits=6&period=30"));
/// # Ok::<(), twinlock::otpauth::UriError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OtpauthUri {
    /// The service, up to 64 bytes.
    pub issuer: Option<String>,
    /// The account at that service, 1 to 128 bytes; often an e-mail address.
    pub account_name: String,
    /// The shared secret.
    pub secret: Secret,
    /// Algorithm, digits and period.
    pub parameters: Parameters,
}

/// Why a URI is refused. The caller's mistake, or that of whoever made the URI; no message repeats
/// any part of it.
///
/// ```
/// use twinlock::otpauth::{OtpauthUri, UriError};
///
/// let error = OtpauthUri::parse("otpauth://hotp/ada?secret=GEZDGNBVGY3TQOJQ&counter=0").unwrap_err();
/// assert_eq!(error, UriError::CounterBased);
/// assert_eq!(error.to_string(), "counter-based codes (hotp) are not supported");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UriError {
    /// Over 2,048 bytes, or 8,192 for an export of several accounts.
    #[error("the URI is too long")]
    TooLong,
    /// Not `otpauth://`.
    #[error("this is not an otpauth URI")]
    NotOtpauth,
    /// Not `otpauth-migration://offline?data=`.
    #[error("this is not an otpauth-migration URI")]
    NotMigration,
    /// `otpauth://hotp/`: codes by counter, RFC 4226, are no second factor of this engine.
    #[error("counter-based codes (hotp) are not supported")]
    CounterBased,
    /// Neither `totp` nor `hotp`.
    #[error("the type of the URI is not totp")]
    UnknownType,
    /// A `%` without two hexadecimal digits behind it, or bytes that are not UTF-8.
    #[error("the URI has an invalid percent-encoding")]
    InvalidEncoding,
    /// A control character, bare or escaped.
    #[error("the URI has a control character")]
    ControlCharacter,
    /// A bare `#`: what follows it would be no part of the query.
    #[error("the URI has a fragment")]
    Fragment,
    /// One of the five parameters appears twice, so readers would disagree which one counts.
    #[error("the URI gives a parameter twice")]
    DuplicateParameter,
    /// The issuer in the label and the one in the parameter differ.
    #[error("the URI names two different issuers")]
    IssuerMismatch,
    /// Over 64 bytes.
    #[error("the issuer is longer than 64 bytes")]
    IssuerTooLong,
    /// Nothing, or only spaces.
    #[error("the account name is missing")]
    MissingAccountName,
    /// Over 128 bytes.
    #[error("the account name is longer than 128 bytes")]
    AccountNameTooLong,
    /// No `secret`.
    #[error("the secret is missing")]
    MissingSecret,
    /// The secret cannot be read or has a size that is not supported.
    #[error(transparent)]
    Secret(#[from] InvalidSecret),
    /// None of SHA1, SHA256 and SHA512.
    #[error(transparent)]
    Algorithm(#[from] UnknownAlgorithm),
    /// Digits or period are no number or out of range.
    #[error(transparent)]
    Parameters(#[from] InvalidParameters),
    /// The data of a migration URI is not base64.
    #[error("the export is not base64")]
    NotBase64,
    /// The data of a migration URI is not the protocol buffer it should be.
    #[error("the export is damaged")]
    MalformedExport,
    /// The migration format has no field for the period and only two numbers of digits.
    #[error("an export holds only codes of 6 or 8 digits and 30 seconds")]
    NotExportable,
}

impl OtpauthUri {
    /// Puts an account together. Spaces around the names are dropped; an empty issuer is none.
    ///
    /// # Errors
    /// [`UriError::MissingAccountName`], [`UriError::AccountNameTooLong`], [`UriError::IssuerTooLong`]
    /// and [`UriError::ControlCharacter`].
    ///
    /// ```
    /// use twinlock::{otp::Parameters, otpauth::OtpauthUri, secret::Secret};
    ///
    /// let secret = Secret::from_bytes(b"12345678901234567890")?;
    /// let account = OtpauthUri::new(Some("Acme Ltd"), "ada@example.com", secret, Parameters::default())?;
    /// assert!(account.to_uri().starts_with("otpauth://totp/Acme%20Ltd:ada%40example.com?secret=GEZD"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(
        issuer: Option<&str>,
        account_name: &str,
        secret: Secret,
        parameters: Parameters,
    ) -> Result<Self, UriError> {
        let issuer = issuer.map(trim).filter(|issuer| !issuer.is_empty());
        let account_name = trim(account_name);
        if account_name.is_empty() {
            return Err(UriError::MissingAccountName);
        }
        if account_name.len() > MAX_ACCOUNT_NAME {
            return Err(UriError::AccountNameTooLong);
        }
        if issuer.is_some_and(|issuer| issuer.len() > MAX_ISSUER) {
            return Err(UriError::IssuerTooLong);
        }
        let mut characters = issuer.unwrap_or_default().chars().chain(account_name.chars());
        if characters.any(char::is_control) {
            return Err(UriError::ControlCharacter);
        }
        Ok(Self { issuer: issuer.map(str::to_owned), account_name: account_name.to_owned(), secret, parameters })
    }

    /// Reads an `otpauth://totp/` URI of at most 2,048 bytes.
    ///
    /// The label is `issuer:account` or `account`. Parameters are `secret`, `issuer`, `algorithm`
    /// (SHA1 if absent), `digits` (6) and `period` (30 seconds); others, such as `image`, are
    /// ignored. `+` is a plus sign. An issuer of "Steam" is an issuer like any other.
    ///
    /// # Errors
    /// [`UriError`] names what is wrong.
    ///
    /// ```
    /// use twinlock::otpauth::{OtpauthUri, UriError};
    ///
    /// let twice = "otpauth://totp/ada?secret=GEZDGNBVGY3TQOJQ&secret=JBSWY3DPEHPK3PXP";
    /// assert_eq!(OtpauthUri::parse(twice), Err(UriError::DuplicateParameter));
    /// ```
    pub fn parse(uri: &str) -> Result<Self, UriError> {
        uri::parse(uri)
    }

    /// Writes the URI, with every parameter, as authenticator apps read it from a QR code.
    ///
    /// [`OtpauthUri::parse`] reads back exactly this account.
    ///
    /// ```
    /// use twinlock::{otp::Parameters, otpauth::OtpauthUri, secret::Secret};
    ///
    /// let secret = Secret::from_base32("GEZDGNBVGY3TQOJQ")?;
    /// let account = OtpauthUri::new(Some("Acme"), "ada@example.com", secret, Parameters::default())?;
    /// assert_eq!(
    ///     *account.to_uri(),
    ///     "otpauth://totp/Acme:ada%40example.com\
    ///      ?secret=GEZDGNBVGY3TQOJQ&issuer=Acme&algorithm=SHA1&digits=6&period=30",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_uri(&self) -> Zeroizing<String> {
        uri::write(self)
    }
}

/// Only ASCII spaces: the Key URI Format allows them behind the colon of a label, and nothing else.
fn trim(name: &str) -> &str {
    name.trim_matches(' ')
}
