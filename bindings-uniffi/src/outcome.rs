//! What the operations give.

use twinlock::Error;
use zeroize::Zeroizing;

use crate::errors::Refusal;

/// The outcome of any call. `body` is the JSON object of the HTTP contract.
#[derive(uniffi::Enum)]
#[allow(missing_docs)] // as the core explains them
pub enum Outcome {
    Refused {
        refusal: Refusal,
    },
    Enrollment {
        enrollment: Enrollment,
    },
    Enrolled {
        authenticator_id: String,
        backup_codes: Vec<String>,
        assurance: String,
        device: Option<String>,
        verified_at: u64,
        body: String,
    },
    NextStep {
        status: String,
        challenge: Option<String>,
        methods: Vec<String>,
        codes_required: u8,
        assurance: Option<String>,
        expires_at: Option<u64>,
        expires_in: Option<u64>,
        body: String,
    },
    Verification {
        user_id: String,
        method: String,
        authenticator_id: Option<String>,
        backup_codes_left: u8,
        assurance: String,
        device: Option<String>,
        carry: Option<String>,
        verified_at: u64,
        body: String,
    },
    Status {
        status: AccountStatus,
    },
    Codes {
        codes: Vec<String>,
    },
    Text {
        text: String,
    },
    Seconds {
        seconds: u64,
    },
    Flag {
        flag: bool,
    },
    Nothing,
}

/// A begun enrollment; `bodies::enrollment_body` and `qr` draw it.
#[derive(uniffi::Record)]
#[allow(missing_docs)]
pub struct Enrollment {
    pub setup: String,
    pub secret: String,
    pub uri: String,
    pub expires_at: u64,
    pub account_name: String,
    pub issuer: String,
    pub digits: u8,
    pub period: u32,
}

/// All a settings page needs; no secret in it.
#[derive(uniffi::Record)]
#[allow(missing_docs)]
pub struct AccountStatus {
    pub enabled: bool,
    pub authenticators: Vec<AuthenticatorStatus>,
    pub backup_codes_left: u8,
    pub backup_codes_total: u8,
    pub backup_codes_saved: bool,
    pub devices: Vec<DeviceStatus>,
    pub retry_after: Option<u64>,
    pub codes_required: u8,
    pub fresh_until: Option<u64>,
    pub digits: u8,
    pub period: u32,
    pub require_saved_codes: bool,
    pub body: String,
}

/// One authenticator.
#[derive(uniffi::Record)]
#[allow(missing_docs)]
pub struct AuthenticatorStatus {
    pub id: String,
    pub name: String,
    pub created_at: u64,
    pub last_used_at: Option<u64>,
    pub weak: bool,
}

/// One browser.
#[derive(uniffi::Record)]
#[allow(missing_docs)]
pub struct DeviceStatus {
    pub id: String,
    pub label: String,
    pub last_used_at: u64,
    pub trusted: bool,
    pub current: bool,
}

impl Outcome {
    pub(crate) fn refused(error: Error) -> Self {
        Self::Refused { refusal: error.into() }
    }

    pub(crate) fn codes(codes: Vec<Zeroizing<String>>) -> Self {
        Self::Codes { codes: plain(codes) }
    }

    pub(crate) fn text(text: String) -> Self {
        Self::Text { text }
    }

    pub(crate) fn seconds(seconds: u64) -> Self {
        Self::Seconds { seconds }
    }

    pub(crate) fn flag(flag: bool) -> Self {
        Self::Flag { flag }
    }

    pub(crate) fn nothing((): ()) -> Self {
        Self::Nothing
    }
}

fn plain(codes: Vec<Zeroizing<String>>) -> Vec<String> {
    codes.iter().map(|code| code.to_string()).collect()
}

impl From<twinlock::Enrollment> for Outcome {
    fn from(enrollment: twinlock::Enrollment) -> Self {
        let twinlock::Enrollment { setup, secret, uri, expires_at, account_name, issuer, parameters } = enrollment;
        let (digits, period) = (parameters.digits, parameters.period);
        let (secret, uri) = (secret.to_string(), uri.to_string());
        let enrollment = Enrollment { setup, secret, uri, expires_at, account_name, issuer, digits, period };
        Self::Enrollment { enrollment }
    }
}

impl From<twinlock::Enrolled> for Outcome {
    fn from(enrolled: twinlock::Enrolled) -> Self {
        let body = enrolled.body().to_string();
        let twinlock::Enrolled { authenticator_id, backup_codes, assurance, device, verified_at } = enrolled;
        Self::Enrolled { authenticator_id, backup_codes: plain(backup_codes), assurance, device, verified_at, body }
    }
}

impl From<twinlock::NextStep> for Outcome {
    fn from(step: twinlock::NextStep) -> Self {
        let body = step.body();
        Self::NextStep {
            status: step.status.as_str().to_owned(),
            challenge: step.challenge,
            methods: step.methods.iter().map(|method| method.as_str().to_owned()).collect(),
            codes_required: step.codes_required,
            assurance: step.assurance,
            expires_at: step.expires_at,
            expires_in: step.expires_in,
            body,
        }
    }
}

impl From<twinlock::Verification> for Outcome {
    fn from(verification: twinlock::Verification) -> Self {
        let body = verification.body();
        Self::Verification {
            user_id: verification.user_id,
            method: verification.method.as_str().to_owned(),
            authenticator_id: verification.authenticator_id,
            backup_codes_left: verification.backup_codes_left,
            assurance: verification.assurance,
            device: verification.device,
            carry: verification.carry,
            verified_at: verification.verified_at,
            body,
        }
    }
}

impl From<twinlock::Status> for Outcome {
    fn from(status: twinlock::Status) -> Self {
        let body = status.body();
        let authenticators = status.authenticators.into_iter().map(AuthenticatorStatus::from).collect();
        let devices = status.devices.into_iter().map(DeviceStatus::from).collect();
        let status = AccountStatus {
            enabled: status.enabled,
            authenticators,
            backup_codes_left: status.backup_codes.left,
            backup_codes_total: status.backup_codes.total,
            backup_codes_saved: status.backup_codes.saved,
            devices,
            retry_after: status.throttle.retry_after,
            codes_required: status.throttle.codes_required,
            fresh_until: status.proof.fresh_until,
            digits: status.policy.digits,
            period: status.policy.period,
            require_saved_codes: status.policy.require_saved_codes,
            body,
        };
        Self::Status { status }
    }
}

impl From<twinlock::AuthenticatorStatus> for AuthenticatorStatus {
    fn from(authenticator: twinlock::AuthenticatorStatus) -> Self {
        let twinlock::AuthenticatorStatus { id, name, created_at, last_used_at, weak, .. } = authenticator;
        Self { id, name, created_at, last_used_at, weak }
    }
}

impl From<twinlock::DeviceStatus> for DeviceStatus {
    fn from(device: twinlock::DeviceStatus) -> Self {
        let twinlock::DeviceStatus { id, label, last_used_at, trusted, current, .. } = device;
        Self { id, label, last_used_at, trusted, current }
    }
}
