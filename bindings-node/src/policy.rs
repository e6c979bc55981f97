//! The policy, as JSON text of its settings.

use napi_derive::napi;
use twinlock::{Policy, PolicySettings};

use crate::errors::{Result, guarded};

/// All settings of a checked policy.
#[napi]
pub fn policy_settings(json: String) -> Result<String> {
    guarded(|| Policy::from_json(&json).map(|policy| text(policy.settings())))
}

/// The settings of a fixed lockout, checked where they are used.
#[napi]
pub fn fixed_lockout(attempts: u32, minutes: u32, accept_risk: bool) -> Result<String> {
    guarded(|| {
        let attempts = u8::try_from(attempts).unwrap_or(u8::MAX);
        Ok(text(&PolicySettings { accept_risk, ..PolicySettings::fixed_lockout(attempts, minutes) }))
    })
}

/// The bound of such a policy.
#[napi]
pub fn yearly_guess_probability(json: String) -> Result<f64> {
    guarded(|| Policy::from_json(&json).map(|policy| policy.yearly_guess_probability()))
}

fn text(settings: &PolicySettings) -> String {
    serde_json::to_string(settings).unwrap_or_default()
}
