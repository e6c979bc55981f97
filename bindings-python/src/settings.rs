//! What an engine is made of, and the phone's side.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use twinlock::{Error, PolicySettings};
use zeroize::Zeroizing;

use crate::convert::{Arg, Now, Setting, dumps, loads, misconfigured};
use crate::errors::refuse;

/// The keys that seal records and tokens, by id; the first is the active one. Its repr shows the ids only.
#[pyclass(frozen, module = "twinlock")]
pub(crate) struct KeyRing(pub(crate) twinlock::KeyRing);

#[pymethods]
impl KeyRing {
    /// Keys of 32 random bytes by id (1 to 16 letters, digits, dots, hyphens, underscores), the active one first.
    #[new]
    fn new(py: Python<'_>, keys: Setting<Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut ring = Vec::with_capacity(keys.0.len());
        for (id, key) in keys.0.iter() {
            let key = key
                .extract::<Vec<u8>>()
                .map(Zeroizing::new)
                .ok()
                .and_then(|key| <[u8; 32]>::try_from(key.as_slice()).ok());
            match (id.extract::<String>(), key) {
                (Ok(id), Some(key)) => ring.push((id, key)),
                _ => return Err(misconfigured(py, "keys must be a dict of str ids and keys of 32 bytes")),
            }
        }
        twinlock::KeyRing::new(ring).map(Self).map_err(|error| refuse(py, &error))
    }

    /// Reads `id:base64,id:base64` as in `TWINLOCK_KEYS`; line ends separate too.
    #[staticmethod]
    fn from_text(py: Python<'_>, text: Setting<&str>) -> PyResult<Self> {
        twinlock::KeyRing::parse(text.0).map(Self).map_err(|error| refuse(py, &error))
    }

    /// A ring with one new random key.
    #[staticmethod]
    #[pyo3(signature = (id = Setting("k1")), text_signature = "(id='k1')")]
    fn generate(py: Python<'_>, id: Setting<&str>) -> PyResult<Self> {
        twinlock::KeyRing::generate(id.0).map(Self).map_err(|error| refuse(py, &error))
    }

    /// The keys as `from_text` reads them. This is the secret itself.
    fn to_text(&self) -> String {
        self.0.to_text().to_string()
    }

    /// The id of the key that seals.
    #[getter]
    fn active_id(&self) -> &str {
        self.0.active_id()
    }

    fn __repr__(&self) -> String {
        format!("KeyRing({:?})", self.0)
    }
}

/// A checked set of numbers; every setting has a default with its reason in the documentation.
#[pyclass(frozen, eq, module = "twinlock")]
#[derive(Clone, PartialEq)]
pub(crate) struct Policy(pub(crate) twinlock::Policy);

#[pymethods]
impl Policy {
    #[new]
    #[pyo3(signature = (**settings))]
    fn new(py: Python<'_>, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let json = settings.map_or(Ok("{}".to_owned()), |settings| dumps(settings));
        let json = json.map_err(|_| misconfigured(py, "policy: settings are numbers, text, lists and booleans"))?;
        twinlock::Policy::from_json(&json).map(Self).map_err(|error| refuse(py, &error))
    }

    /// What many sites do: after `attempts` wrong codes nothing is taken for `minutes`. It lets a patient guesser in, so it is
    /// refused without `accept_risk`. Three consecutive codes and backup codes stay open in it.
    #[staticmethod]
    #[pyo3(
        signature = (attempts = Setting(5), minutes = Setting(15), accept_risk = Setting(false)),
        text_signature = "(attempts=5, minutes=15, accept_risk=False)"
    )]
    fn fixed_lockout(
        py: Python<'_>,
        attempts: Setting<u8>,
        minutes: Setting<u32>,
        accept_risk: Setting<bool>,
    ) -> PyResult<Self> {
        let settings =
            PolicySettings { accept_risk: accept_risk.0, ..PolicySettings::fixed_lockout(attempts.0, minutes.0) };
        twinlock::Policy::new(settings).map(Self).map_err(|error| refuse(py, &error))
    }

    /// All settings by name.
    #[getter]
    fn settings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        loads(py, &serde_json::to_string(self.0.settings()).unwrap_or_default())
    }

    /// An upper bound of the probability that somebody who knows the password, but has none of the user's devices, gets past
    /// the second factor within a year of trying all day.
    fn yearly_guess_probability(&self) -> f64 {
        self.0.yearly_guess_probability()
    }

    fn __repr__(&self) -> String {
        format!("Policy(yearly_guess_probability={:.1e})", self.0.yearly_guess_probability())
    }
}

/// The other side: an account that shows codes, for tests and tools.
#[pyclass(frozen, module = "twinlock")]
pub(crate) struct AuthenticatorAccount(twinlock::AuthenticatorAccount);

fn invalid(py: Python<'_>, error: impl std::fmt::Display) -> PyErr {
    refuse(py, &Error::InvalidSecret(error.to_string()))
}

#[pymethods]
impl AuthenticatorAccount {
    /// Reads an `otpauth://totp/` URI, as an app does when it scans the QR code.
    #[staticmethod]
    fn from_uri(py: Python<'_>, uri: Arg<&str>) -> PyResult<Self> {
        twinlock::AuthenticatorAccount::from_uri(uri.0).map(Self).map_err(|error| invalid(py, error))
    }

    /// Reads an `otpauth-migration://` URI, the export of an authenticator app: all its accounts.
    #[staticmethod]
    fn from_migration(py: Python<'_>, uri: Arg<&str>) -> PyResult<Vec<Self>> {
        let accounts = twinlock::AuthenticatorAccount::from_migration(uri.0).map_err(|error| invalid(py, error))?;
        Ok(accounts.into_iter().map(Self).collect())
    }

    /// Who issued the account.
    #[getter]
    fn issuer(&self) -> Option<&str> {
        self.0.issuer()
    }

    /// The account's name.
    #[getter]
    fn account_name(&self) -> &str {
        self.0.account_name()
    }

    /// Digits of a code.
    #[getter]
    fn digits(&self) -> u8 {
        self.0.parameters().digits
    }

    /// Seconds that a code is shown.
    #[getter]
    fn period(&self) -> u32 {
        self.0.parameters().period
    }

    /// The code shown at `now` (Unix seconds).
    fn code_at(&self, now: Now) -> String {
        self.0.code_at(now.0.as_secs()).to_string()
    }

    /// Seconds until the next code.
    fn seconds_left(&self, now: Now) -> u32 {
        self.0.seconds_left(now.0.as_secs())
    }

    fn __repr__(&self) -> String {
        format!(
            "AuthenticatorAccount(issuer={:?}, account_name={:?})",
            self.0.issuer().unwrap_or(""),
            self.0.account_name()
        )
    }
}
