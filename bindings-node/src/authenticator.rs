//! The phone's side.

use napi_derive::napi;
use twinlock::{Error, Timestamp};
use zeroize::Zeroizing;

use crate::errors::{Result, guarded};

/// An account that shows codes.
#[napi]
pub struct AuthenticatorAccount(twinlock::AuthenticatorAccount);

fn invalid(error: impl std::fmt::Display) -> Error {
    Error::InvalidSecret(error.to_string())
}

#[napi]
impl AuthenticatorAccount {
    /// Reads an `otpauth://totp/` URI.
    #[napi(factory)]
    pub fn from_uri(uri: String) -> Result<Self> {
        let uri = Zeroizing::new(uri);
        guarded(|| twinlock::AuthenticatorAccount::from_uri(&uri).map(Self).map_err(invalid))
    }

    /// Reads the export of an authenticator app.
    #[napi]
    pub fn from_migration(uri: String) -> Result<Vec<Self>> {
        let uri = Zeroizing::new(uri);
        guarded(|| {
            let accounts = twinlock::AuthenticatorAccount::from_migration(&uri).map_err(invalid)?;
            Ok(accounts.into_iter().map(Self).collect())
        })
    }

    /// Who issued the account.
    #[napi(getter)]
    pub fn issuer(&self) -> Option<&str> {
        self.0.issuer()
    }

    /// The account's name.
    #[napi(getter)]
    pub fn account_name(&self) -> &str {
        self.0.account_name()
    }

    /// Digits of a code.
    #[napi(getter)]
    pub fn digits(&self) -> u32 {
        self.0.parameters().digits.into()
    }

    /// Seconds that a code is shown.
    #[napi(getter)]
    pub fn period(&self) -> u32 {
        self.0.parameters().period
    }

    /// The code shown at `now`.
    #[napi]
    pub fn code_at(&self, now: f64) -> Result<String> {
        guarded(|| Timestamp::from_secs_f64(now).map(|now| self.0.code_at(now.as_secs()).to_string()))
    }

    /// Seconds until the next code.
    #[napi]
    pub fn seconds_left(&self, now: f64) -> Result<u32> {
        guarded(|| Timestamp::from_secs_f64(now).map(|now| self.0.seconds_left(now.as_secs())))
    }
}
