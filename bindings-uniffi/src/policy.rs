//! The policy's numbers; their reasons and ranges stand in the core.

use twinlock::Policy;

use crate::errors::{Result, guarded, malformed};

/// As the core's `PolicySettings`. Numbers out of range are refused.
#[derive(uniffi::Record)]
#[allow(missing_docs)]
pub struct PolicySettings {
    pub algorithm: String,
    pub digits: i32,
    pub period: i32,
    pub window: i32,
    pub secret_bytes: i32,
    pub backup_codes: i32,
    pub require_saved_codes: bool,
    pub budget: f64,
    pub budget_return_days: f64,
    pub backoff: Vec<i32>,
    pub flood_rate: f64,
    pub setup_ttl: i32,
    pub challenge_ttl: i32,
    pub challenge_failures: i32,
    pub assurance_max_age: i32,
    pub device_known_days: i32,
    pub device_trusted_days: i32,
    pub max_authenticators: i32,
    pub max_devices: i32,
    pub accept_risk: bool,
}

fn number<T: TryFrom<i32>>(name: &str, value: i32) -> twinlock::Result<T> {
    let wrong = |_| twinlock::Error::Configuration(format!("{name} must not be {value}"));
    T::try_from(value).map_err(wrong)
}

fn wide(value: impl TryInto<i32>) -> i32 {
    value.try_into().unwrap_or(i32::MAX)
}

impl PolicySettings {
    pub(crate) fn settings(self) -> twinlock::Result<twinlock::PolicySettings> {
        let backoff: twinlock::Result<Vec<u32>> =
            self.backoff.into_iter().map(|seconds| number("backoff", seconds)).collect();
        Ok(twinlock::PolicySettings {
            algorithm: self.algorithm,
            digits: number("digits", self.digits)?,
            period: number("period", self.period)?,
            window: number("window", self.window)?,
            secret_bytes: number("secret_bytes", self.secret_bytes)?,
            backup_codes: number("backup_codes", self.backup_codes)?,
            require_saved_codes: self.require_saved_codes,
            budget: self.budget,
            budget_return_days: self.budget_return_days,
            backoff: backoff?,
            flood_rate: self.flood_rate,
            setup_ttl: number("setup_ttl", self.setup_ttl)?,
            challenge_ttl: number("challenge_ttl", self.challenge_ttl)?,
            challenge_failures: number("challenge_failures", self.challenge_failures)?,
            assurance_max_age: number("assurance_max_age", self.assurance_max_age)?,
            device_known_days: number("device_known_days", self.device_known_days)?,
            device_trusted_days: number("device_trusted_days", self.device_trusted_days)?,
            max_authenticators: number("max_authenticators", self.max_authenticators)?,
            max_devices: number("max_devices", self.max_devices)?,
            accept_risk: self.accept_risk,
        })
    }
}

impl From<twinlock::PolicySettings> for PolicySettings {
    fn from(settings: twinlock::PolicySettings) -> Self {
        Self {
            algorithm: settings.algorithm,
            digits: settings.digits.into(),
            period: wide(settings.period),
            window: settings.window.into(),
            secret_bytes: settings.secret_bytes.into(),
            backup_codes: settings.backup_codes.into(),
            require_saved_codes: settings.require_saved_codes,
            budget: settings.budget,
            budget_return_days: settings.budget_return_days,
            backoff: settings.backoff.into_iter().map(wide).collect(),
            flood_rate: settings.flood_rate,
            setup_ttl: wide(settings.setup_ttl),
            challenge_ttl: wide(settings.challenge_ttl),
            challenge_failures: settings.challenge_failures.into(),
            assurance_max_age: wide(settings.assurance_max_age),
            device_known_days: settings.device_known_days.into(),
            device_trusted_days: settings.device_trusted_days.into(),
            max_authenticators: settings.max_authenticators.into(),
            max_devices: settings.max_devices.into(),
            accept_risk: settings.accept_risk,
        }
    }
}

/// The recommended numbers.
#[uniffi::export]
pub fn default_policy() -> PolicySettings {
    twinlock::PolicySettings::default().into()
}

/// The settings of a fixed lockout, checked where they are used.
#[uniffi::export]
pub fn fixed_lockout(attempts: i32, minutes: i32, accept_risk: bool) -> Result<PolicySettings> {
    guarded(|| {
        let attempts = u8::try_from(attempts).map_err(|_| malformed("attempts must be 1 to 255"))?;
        let minutes = u32::try_from(minutes).map_err(|_| malformed("minutes must be 0 or more"))?;
        let settings = twinlock::PolicySettings::fixed_lockout(attempts, minutes);
        Ok(twinlock::PolicySettings { accept_risk, ..settings }.into())
    })
}

/// Checks the settings; gives the bound on the probability that an attacker who knows the password guesses a code in a year.
#[uniffi::export]
pub fn yearly_guess_probability(settings: PolicySettings) -> Result<f64> {
    guarded(|| Policy::new(settings.settings()?).map(|policy| policy.yearly_guess_probability()))
}
