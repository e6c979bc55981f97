//! `otpauth-migration://offline?data=…`: what Google Authenticator shows as "transfer accounts" and
//! many apps read. A protocol buffer in base64, up to ten accounts to a QR code.
//!
//! Google has not published the format; field numbers and defaults follow what the open-source apps
//! that read it (Aegis among them) agree upon. It has no field for the period, which is 30 seconds.

use core::iter;

use data_encoding::{BASE64, BASE64_NOPAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{
    OtpauthUri, UriError,
    protobuf::{Reader, Value, Writer},
    trim,
    uri::{decode, strip_prefix_any_case},
};
use crate::{
    otp::{Algorithm, Parameters},
    secret::Secret,
};

const PREFIX: &str = "otpauth-migration://offline?data=";
/// Twice what the largest QR code holds.
const MAX_URI: usize = 8_192;
/// As many as Google Authenticator puts into one QR code.
const MAX_ACCOUNTS: usize = 10;
/// Keeps the URI within what a QR code holds with room for repair, should the names be long.
const MAX_PAYLOAD: usize = 1_400;
const PERIOD: u32 = 30;

/// One QR code of an export.
///
/// ```
/// use twinlock::otpauth::migration;
///
/// let batch = migration::import(
///     "otpauth-migration://offline?data=CjEKCkhlbGxvId6tvu8SGEV4YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBsZTAC",
/// )?;
/// let account = batch.accounts.first().expect("one account");
/// assert_eq!(account.issuer.as_deref(), Some("Example"));
/// assert_eq!(account.account_name, "alice@google.com");
/// assert_eq!((batch.batch_index, batch.batch_size, batch.skipped), (0, 1, 0));
/// # Ok::<(), twinlock::otpauth::UriError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MigrationBatch {
    /// The accounts that can be used here, in the order of the export.
    pub accounts: Vec<OtpauthUri>,
    /// How many others the batch holds: counter-based ones, MD5, secrets or names of a size that is
    /// not supported.
    pub skipped: usize,
    /// How many QR codes the export has, at least 1.
    pub batch_size: u32,
    /// Which of them this is, from 0.
    pub batch_index: u32,
    /// The same number in all QR codes of one export.
    pub batch_id: i32,
}

/// Reads one QR code of an export, of at most 8,192 bytes.
///
/// Fields that are not known are skipped; an account that cannot be used is counted in
/// [`MigrationBatch::skipped`]. Algorithm, digits and type default to SHA-1, 6 and TOTP.
///
/// # Errors
/// [`UriError::NotMigration`], [`UriError::TooLong`], [`UriError::InvalidEncoding`],
/// [`UriError::ControlCharacter`], [`UriError::Fragment`], [`UriError::NotBase64`];
/// [`UriError::MalformedExport`] also for a field given twice or a batch beyond the last.
///
/// ```
/// use twinlock::otpauth::{UriError, migration};
///
/// let cut_off = "otpauth-migration://offline?data=CjEKCkhlbGxv";
/// assert_eq!(migration::import(cut_off), Err(UriError::MalformedExport));
/// ```
pub fn import(uri: &str) -> Result<MigrationBatch, UriError> {
    if uri.len() > MAX_URI {
        return Err(UriError::TooLong);
    }
    let data = strip_prefix_any_case(uri, PREFIX).ok_or(UriError::NotMigration)?;
    if data.contains('#') {
        return Err(UriError::Fragment);
    }
    let base64 = decode(data)?;
    let payload = BASE64_NOPAD
        .decode(base64.trim_end_matches('=').as_bytes())
        .map(Zeroizing::new)
        .map_err(|_| UriError::NotBase64)?;
    read_payload(&payload)
}

/// Writes accounts as URIs for QR codes, up to ten accounts in each.
///
/// The batch id is derived from the accounts: the same ones give the same URIs.
///
/// # Errors
/// [`UriError::NotExportable`] for 7 digits or a period other than 30 seconds: an app that read it
/// would show wrong codes.
///
/// ```
/// use twinlock::otpauth::{OtpauthUri, migration};
///
/// let account = OtpauthUri::parse("otpauth://totp/Acme:ada?secret=GEZDGNBVGY3TQOJQ&issuer=Acme")?;
/// let uris = migration::export(&[account.clone()])?;
/// let first = uris.first().expect("one QR code");
/// assert_eq!(migration::import(first)?.accounts, [account]);
/// # Ok::<(), twinlock::otpauth::UriError>(())
/// ```
pub fn export(accounts: &[OtpauthUri]) -> Result<Vec<Zeroizing<String>>, UriError> {
    let mut batches: Vec<Vec<Zeroizing<Vec<u8>>>> = Vec::new();
    let mut digest = Sha256::new();
    let mut size = 0_usize;
    for account in accounts {
        let message = write_account(account)?;
        digest.update(&message);
        size = size.saturating_add(message.len());
        match batches.last_mut() {
            Some(batch) if batch.len() < MAX_ACCOUNTS && size <= MAX_PAYLOAD => batch.push(message),
            _ => {
                size = message.len();
                batches.push(vec![message]);
            }
        }
    }
    let id = digest.finalize().first_chunk().map_or(0, |&word| u32::from_be_bytes(word) >> 1);
    let count = batches.len();
    let uris = iter::zip(&batches, 0..).map(|(batch, index)| write_batch(batch, index, count, id));
    Ok(uris.collect())
}

fn read_payload(payload: &[u8]) -> Result<MigrationBatch, UriError> {
    let mut accounts = Vec::new();
    let mut skipped = 0_usize;
    let (mut size, mut index, mut id) = (None, None, None);
    let mut reader = Reader::new(payload);
    while let Some((field, value)) = reader.field()? {
        match (field, value) {
            (1, Value::Bytes(message)) => match read_account(message)? {
                Some(account) => accounts.push(account),
                None => skipped = skipped.saturating_add(1),
            },
            (3, Value::Number(number)) => set_once(&mut size, int32(number)?)?,
            (4, Value::Number(number)) => set_once(&mut index, int32(number)?)?,
            (5, Value::Number(number)) => set_once(&mut id, int32(number)?)?,
            (1 | 3..=5, _) => return Err(UriError::MalformedExport),
            _ => {}
        }
    }
    let natural = |number: Option<i32>| u32::try_from(number.unwrap_or(0));
    let batch_size = natural(size).map_err(|_| UriError::MalformedExport)?.max(1);
    let batch_index = natural(index).map_err(|_| UriError::MalformedExport)?;
    if batch_index >= batch_size {
        return Err(UriError::MalformedExport);
    }
    Ok(MigrationBatch { accounts, skipped, batch_size, batch_index, batch_id: id.unwrap_or(0) })
}

/// The fields of one account as they stand in the message.
#[derive(Default)]
struct Fields<'a> {
    secret: Option<&'a [u8]>,
    name: Option<&'a str>,
    issuer: Option<&'a str>,
    algorithm: Option<u64>,
    digits: Option<u64>,
    kind: Option<u64>,
}

fn read_account(message: &[u8]) -> Result<Option<OtpauthUri>, UriError> {
    let mut fields = Fields::default();
    let mut reader = Reader::new(message);
    while let Some((field, value)) = reader.field()? {
        match (field, value) {
            (1, Value::Bytes(bytes)) => set_once(&mut fields.secret, bytes)?,
            (2, Value::Bytes(bytes)) => set_once(&mut fields.name, utf8(bytes)?)?,
            (3, Value::Bytes(bytes)) => set_once(&mut fields.issuer, utf8(bytes)?)?,
            (4, Value::Number(number)) => set_once(&mut fields.algorithm, number)?,
            (5, Value::Number(number)) => set_once(&mut fields.digits, number)?,
            (6, Value::Number(number)) => set_once(&mut fields.kind, number)?,
            (1..=6, _) => return Err(UriError::MalformedExport),
            // 7 is the counter of hotp, 8 an id that newer versions of the app add.
            _ => {}
        }
    }
    Ok(fields.into_account())
}

impl Fields<'_> {
    /// Nothing for an account that cannot be used here.
    fn into_account(self) -> Option<OtpauthUri> {
        let algorithm = match self.algorithm.unwrap_or(0) {
            0 | 1 => Algorithm::Sha1,
            2 => Algorithm::Sha256,
            3 => Algorithm::Sha512,
            _ => return None,
        };
        let digits = match self.digits.unwrap_or(0) {
            0 | 1 => 6,
            2 => 8,
            _ => return None,
        };
        if !matches!(self.kind.unwrap_or(0), 0 | 2) {
            return None;
        }
        let parameters = Parameters::new(algorithm, digits, PERIOD).ok()?;
        let secret = Secret::from_bytes(self.secret.unwrap_or_default()).ok()?;
        let (issuer, account_name) = split_name(self.issuer.unwrap_or_default(), self.name.unwrap_or_default());
        OtpauthUri::new(Some(issuer), account_name, secret, parameters).ok()
    }
}

/// The name is a label: `issuer:account` or `account`. Where the issuer has its own field, only that
/// very issuer is taken off.
fn split_name<'a>(issuer: &'a str, name: &'a str) -> (&'a str, &'a str) {
    let issuer = trim(issuer);
    if issuer.is_empty() {
        return name.split_once(':').unwrap_or(("", name));
    }
    let account_name = name.strip_prefix(issuer).and_then(|rest| rest.strip_prefix(':'));
    (issuer, account_name.unwrap_or(name))
}

fn write_account(account: &OtpauthUri) -> Result<Zeroizing<Vec<u8>>, UriError> {
    let digits = match account.parameters.digits {
        6 => 1,
        8 => 2,
        _ => return Err(UriError::NotExportable),
    };
    if account.parameters.period != PERIOD {
        return Err(UriError::NotExportable);
    }
    let issuer = account.issuer.as_deref().unwrap_or_default();
    // As in a label: an account name with a colon keeps an empty issuer before it.
    let name = if issuer.is_empty() && !account.account_name.contains(':') {
        account.account_name.clone()
    } else {
        format!("{issuer}:{}", account.account_name)
    };
    let mut message = Writer::with_capacity(512);
    message.bytes(1, account.secret.as_bytes());
    message.bytes(2, name.as_bytes());
    if !issuer.is_empty() {
        message.bytes(3, issuer.as_bytes());
    }
    message.number(
        4,
        match account.parameters.algorithm {
            Algorithm::Sha1 => 1,
            Algorithm::Sha256 => 2,
            Algorithm::Sha512 => 3,
        },
    );
    message.number(5, digits);
    message.number(6, 2);
    Ok(message.into_message())
}

fn write_batch(accounts: &[Zeroizing<Vec<u8>>], index: u32, count: usize, id: u32) -> Zeroizing<String> {
    let mut payload = Writer::with_capacity(MAX_PAYLOAD.saturating_add(512));
    for account in accounts {
        payload.bytes(1, account);
    }
    payload.number(2, 1);
    payload.number(3, u64::try_from(count).unwrap_or(u64::MAX));
    payload.number(4, index.into());
    payload.number(5, id.into());
    let base64 = Zeroizing::new(BASE64.encode(&payload.into_message()));
    let mut uri = Zeroizing::new(String::with_capacity(base64.len().saturating_mul(3).saturating_add(PREFIX.len())));
    uri.push_str(PREFIX);
    uri.extend(utf8_percent_encode(&base64, NON_ALPHANUMERIC));
    uri
}

/// A protocol buffer lets the last of several values win; readers differ, so here a second one is an
/// error.
fn set_once<T>(slot: &mut Option<T>, value: T) -> Result<(), UriError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(UriError::MalformedExport),
    }
}

/// Negative numbers stand in the message as their 64-bit two's complement.
fn int32(number: u64) -> Result<i32, UriError> {
    i32::try_from(number.cast_signed()).map_err(|_| UriError::MalformedExport)
}

fn utf8(bytes: &[u8]) -> Result<&str, UriError> {
    core::str::from_utf8(bytes).map_err(|_| UriError::MalformedExport)
}
