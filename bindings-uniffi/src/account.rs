//! The phone's side.

use std::sync::Arc;

use twinlock::{Error, Timestamp};
use zeroize::Zeroizing;

use crate::errors::{Result, guarded};

/// An account that shows codes.
#[derive(uniffi::Object)]
pub struct Account(twinlock::AuthenticatorAccount);

/// What an app shows beside the code.
#[derive(uniffi::Record)]
#[allow(missing_docs)]
pub struct AccountInfo {
    pub issuer: Option<String>,
    pub account_name: String,
    pub digits: u8,
    pub period: u32,
}

fn invalid(error: impl std::fmt::Display) -> Error {
    Error::InvalidSecret(error.to_string())
}

#[uniffi::export]
impl Account {
    /// Reads an `otpauth://totp/` URI.
    #[uniffi::constructor]
    pub fn from_uri(uri: String) -> Result<Arc<Self>> {
        let uri = Zeroizing::new(uri);
        guarded(|| twinlock::AuthenticatorAccount::from_uri(&uri).map(Self).map(Arc::new).map_err(invalid))
    }

    /// What an app shows beside the code.
    pub fn info(&self) -> AccountInfo {
        let parameters = self.0.parameters();
        AccountInfo {
            issuer: self.0.issuer().map(str::to_owned),
            account_name: self.0.account_name().to_owned(),
            digits: parameters.digits,
            period: parameters.period,
        }
    }

    /// The code shown at `now` (Unix seconds).
    pub fn code_at(&self, now: f64) -> Result<String> {
        guarded(|| Timestamp::from_secs_f64(now).map(|now| self.0.code_at(now.as_secs()).to_string()))
    }

    /// Seconds until the next code, 1 to the period.
    pub fn seconds_left(&self, now: f64) -> Result<u32> {
        guarded(|| Timestamp::from_secs_f64(now).map(|now| self.0.seconds_left(now.as_secs())))
    }
}

/// Reads one QR code of an authenticator app's export, `otpauth-migration://`.
#[uniffi::export]
pub fn accounts_from_migration(uri: String) -> Result<Vec<Arc<Account>>> {
    let uri = Zeroizing::new(uri);
    guarded(|| {
        let accounts = twinlock::AuthenticatorAccount::from_migration(&uri).map_err(invalid)?;
        Ok(accounts.into_iter().map(|account| Arc::new(Account(account))).collect())
    })
}
