//! Reading and writing `otpauth://totp/issuer:account?secret=…&issuer=…`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use super::{OtpauthUri, UriError, trim};
use crate::{
    otp::{Algorithm, InvalidParameters, Parameters},
    secret::Secret,
};

const MAX_URI: usize = 2_048;

/// Everything but RFC 3986's unreserved characters. A colon in a name is thereby escaped, and the
/// bare one that follows the issuer stays the only one.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(super) fn parse(uri: &str) -> Result<OtpauthUri, UriError> {
    if uri.len() > MAX_URI {
        return Err(UriError::TooLong);
    }
    if uri.chars().any(char::is_control) {
        return Err(UriError::ControlCharacter);
    }
    let rest = strip_prefix_any_case(uri, "otpauth://").ok_or(UriError::NotOtpauth)?;
    if rest.contains('#') {
        return Err(UriError::Fragment);
    }
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (kind, label) = path.split_once('/').unwrap_or((path, ""));
    if kind.eq_ignore_ascii_case("hotp") {
        return Err(UriError::CounterBased);
    }
    if !kind.eq_ignore_ascii_case("totp") {
        return Err(UriError::UnknownType);
    }
    let label = Label::read(label)?;
    let query = Query::read(query)?;
    let issuer = agreed_issuer(&label.issuer, query.issuer.as_ref().map(|name| trim(name)))?;
    let secret = Secret::from_base32(&query.secret.ok_or(UriError::MissingSecret)?)?;
    let parameters = Parameters::new(
        query.algorithm.map_or(Ok(Algorithm::Sha1), |name| name.parse())?,
        number(query.digits, 6, InvalidParameters::Digits)?,
        number(query.period, 30, InvalidParameters::Period)?,
    )?;
    OtpauthUri::new(issuer, &label.account_name, secret, parameters)
}

pub(super) fn write(account: &OtpauthUri) -> Zeroizing<String> {
    let issuer = account.issuer.as_deref().unwrap_or_default();
    let longest =
        issuer.len().saturating_mul(2).saturating_add(account.account_name.len()).saturating_mul(3).saturating_add(256);
    // The whole capacity at once: a growing string would leave copies of the secret behind.
    let mut uri = Zeroizing::new(String::with_capacity(longest));
    uri.push_str("otpauth://totp/");
    // An account name with a colon keeps an empty issuer before it, or its own colon would split it.
    if !issuer.is_empty() || account.account_name.contains(':') {
        uri.extend(utf8_percent_encode(issuer, ESCAPED));
        uri.push(':');
    }
    uri.extend(utf8_percent_encode(&account.account_name, ESCAPED));
    uri.push_str("?secret=");
    uri.push_str(&account.secret.to_base32());
    if !issuer.is_empty() {
        uri.push_str("&issuer=");
        uri.extend(utf8_percent_encode(issuer, ESCAPED));
    }
    let Parameters { algorithm, digits, period } = account.parameters;
    uri.push_str(&format!("&algorithm={algorithm}&digits={digits}&period={period}"));
    uri
}

/// `issuer:account`, split at the first bare colon; without one at the first escaped colon, which
/// the Key URI Format allows as well.
struct Label {
    issuer: Zeroizing<String>,
    account_name: Zeroizing<String>,
}

impl Label {
    fn read(label: &str) -> Result<Self, UriError> {
        let (issuer, account_name) = match label.split_once(':') {
            Some((issuer, account_name)) => (decode(issuer)?, decode(account_name)?),
            None => {
                let label = decode(label)?;
                let (issuer, account_name) = label.split_once(':').unwrap_or(("", &label));
                (issuer.to_owned().into(), account_name.to_owned().into())
            }
        };
        Ok(Self { issuer, account_name })
    }
}

/// The parameters that mean something, each given at most once.
#[derive(Default)]
struct Query {
    secret: Option<Zeroizing<String>>,
    issuer: Option<Zeroizing<String>>,
    algorithm: Option<Zeroizing<String>>,
    digits: Option<Zeroizing<String>>,
    period: Option<Zeroizing<String>>,
}

impl Query {
    fn read(query: &str) -> Result<Self, UriError> {
        let mut found = Self::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // Names are decoded and folded first: `SECRET=` and `%73ecret=` are second secrets too.
            let slot = match decode(name)?.to_ascii_lowercase().as_str() {
                "secret" => &mut found.secret,
                "issuer" => &mut found.issuer,
                "algorithm" => &mut found.algorithm,
                "digits" => &mut found.digits,
                "period" => &mut found.period,
                _ => continue,
            };
            if slot.replace(decode(value)?).is_some() {
                return Err(UriError::DuplicateParameter);
            }
        }
        Ok(found)
    }
}

/// Both places may name the issuer; then they must name the same one. An empty name is none.
fn agreed_issuer<'a>(label: &'a str, parameter: Option<&'a str>) -> Result<Option<&'a str>, UriError> {
    let in_label = Some(trim(label)).filter(|name| !name.is_empty());
    match (in_label, parameter.filter(|name| !name.is_empty())) {
        (Some(one), Some(other)) if one != other => Err(UriError::IssuerMismatch),
        (one, other) => Ok(one.or(other)),
    }
}

/// ASCII digits only: `u32::from_str` would take a plus sign.
fn number<T: TryFrom<u32>>(
    text: Option<Zeroizing<String>>,
    default: T,
    error: InvalidParameters,
) -> Result<T, InvalidParameters> {
    let Some(text) = text else {
        return Ok(default);
    };
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(error);
    }
    text.parse::<u32>().ok().and_then(|number| T::try_from(number).ok()).ok_or(error)
}

pub(super) fn strip_prefix_any_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Percent-decoding that refuses what lenient readers guess at: broken escapes, broken UTF-8,
/// control characters.
pub(super) fn decode(text: &str) -> Result<Zeroizing<String>, UriError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => hexadecimal(rest.next())? << 4 | hexadecimal(rest.next())?,
            plain => plain,
        });
    }
    let decoded = core::str::from_utf8(&bytes).map_err(|_| UriError::InvalidEncoding)?;
    if decoded.chars().any(char::is_control) {
        return Err(UriError::ControlCharacter);
    }
    Ok(Zeroizing::new(decoded.to_owned()))
}

fn hexadecimal(digit: Option<u8>) -> Result<u8, UriError> {
    digit
        .and_then(|digit| char::from(digit).to_digit(16))
        .and_then(|digit| u8::try_from(digit).ok())
        .ok_or(UriError::InvalidEncoding)
}
