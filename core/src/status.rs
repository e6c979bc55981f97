//! What a page may show: no secret in it.

use serde::Serialize;

use crate::decision::Decision;
use crate::error::Result;
use crate::json;
use crate::policy::{Policy, price};
use crate::record::{Authenticator, Record};
use crate::throttle::{Budget, Gate};
use crate::time::Timestamp;
use crate::verification::budget;

/// All that a settings page needs of one user.
///
/// ```
/// # let (two_factor, clock) = twinlock::testing::example();
/// # twinlock::testing::enroll(&two_factor, "42", &clock)?;
/// let status = two_factor.status("42", Default::default())?;
/// assert!(status.enabled);
/// assert_eq!((status.backup_codes.left, status.throttle.codes_required), (10, 1));
/// # Ok::<(), twinlock::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Whether the user has a second factor.
    pub enabled: bool,
    /// Enrolled authenticators, in the order of enrollment.
    pub authenticators: Vec<AuthenticatorStatus>,
    /// The set of backup codes.
    pub backup_codes: BackupCodesStatus,
    /// Known and trusted browsers, the latest used last.
    pub devices: Vec<DeviceStatus>,
    /// What a single code would meet now.
    pub throttle: ThrottleStatus,
    /// The proof that was presented.
    pub proof: ProofStatus,
    /// What new authenticators will look like.
    pub policy: PolicyStatus,
}

/// One authenticator.
///
/// ```
/// # let (two_factor, clock) = twinlock::testing::example();
/// # twinlock::testing::enroll(&two_factor, "42", &clock)?;
/// assert_eq!(two_factor.status("42", Default::default())?.authenticators[0].id.len(), 16);
/// # Ok::<(), twinlock::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuthenticatorStatus {
    /// For renaming and removing.
    pub id: String,
    /// As the user called it.
    pub name: String,
    /// Unix seconds.
    pub created_at: u64,
    /// Unix seconds of the last accepted code, the confirming one included; none for an imported one that was never used.
    pub last_used_at: Option<u64>,
    /// The imported secret is shorter than RFC 4226 §4 R6 demands (128 bits): suggest a new enrollment.
    #[serde(skip_serializing_if = "is_false")]
    pub weak: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_false(value: &bool) -> bool {
    !value
}

/// The set of backup codes.
///
/// ```
/// assert_eq!(twinlock::BackupCodesStatus::default().left, 0);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BackupCodesStatus {
    /// Unused ones.
    pub left: u8,
    /// How many the set had.
    pub total: u8,
    /// Whether the user says they are saved.
    pub saved: bool,
}

/// One browser that passed the second factor here.
///
/// ```
/// # let (two_factor, clock) = twinlock::testing::example();
/// # twinlock::testing::enroll(&two_factor, "42", &clock)?;
/// assert!(!two_factor.status("42", Default::default())?.devices[0].trusted);
/// # Ok::<(), twinlock::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceStatus {
    /// For revoking.
    pub id: String,
    /// What the host said about it (address, agent).
    pub label: String,
    /// Unix seconds of its last proof.
    pub last_used_at: u64,
    /// Skips the code.
    pub trusted: bool,
    /// It is the one asking.
    pub current: bool,
}

/// What a single code would meet now.
///
/// ```
/// # let (two_factor, _) = twinlock::testing::example();
/// assert_eq!(two_factor.status("42", Default::default())?.throttle.retry_after, None);
/// # Ok::<(), twinlock::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ThrottleStatus {
    /// Seconds to wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// 1, or 3 consecutive ones.
    pub codes_required: u8,
}

/// The proof that was presented with the call.
///
/// ```
/// assert_eq!(twinlock::ProofStatus::default().fresh_until, None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProofStatus {
    /// Unix seconds until which it counts as fresh for sensitive operations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fresh_until: Option<u64>,
}

/// What new authenticators will look like.
///
/// ```
/// # let (two_factor, _) = twinlock::testing::example();
/// assert_eq!(two_factor.status("42", Default::default())?.policy.digits, 6);
/// # Ok::<(), twinlock::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyStatus {
    /// 6 to 8.
    pub digits: u8,
    /// Seconds.
    pub period: u32,
    /// Pages insist on "I have saved them".
    #[serde(skip_serializing_if = "is_false")]
    pub require_saved_codes: bool,
}

impl Status {
    /// The body of `GET /status` but for what the server adds (`required`, `csrf`), as JSON text.
    ///
    /// ```
    /// # let (two_factor, _) = twinlock::testing::example();
    /// assert!(two_factor.status("42", Default::default())?.body().starts_with("{\"enabled\":false,"));
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    #[must_use]
    pub fn body(&self) -> String {
        json::text(self)
    }
}

pub(crate) fn status(decision: &Decision<'_>, device: Option<&str>, assurance: Option<&str>) -> Result<Status> {
    let settings = decision.policy().settings();
    let max_age = u64::from(settings.assurance_max_age);
    let policy = PolicyStatus {
        digits: settings.digits,
        period: settings.period,
        require_saved_codes: settings.require_saved_codes,
    };
    let Some(record) = decision.active() else {
        return Ok(Status {
            enabled: false,
            authenticators: Vec::new(),
            backup_codes: BackupCodesStatus::default(),
            devices: Vec::new(),
            throttle: ThrottleStatus { retry_after: None, codes_required: 1 },
            proof: ProofStatus::default(),
            policy,
        });
    };
    let current = decision.known_device(device);
    let proved_at = assurance.and_then(|token| decision.proved_at(token, Some(max_age)));
    Ok(Status {
        enabled: true,
        authenticators: record.authenticators.iter().map(authenticator).collect(),
        backup_codes: record.backup_codes.as_ref().map_or_else(BackupCodesStatus::default, |set| BackupCodesStatus {
            left: set.left(),
            total: set.total(),
            saved: set.saved,
        }),
        devices: devices(record, decision, current),
        throttle: throttle(
            record,
            budget(record, current, decision.policy(), decision.now).0,
            decision.policy(),
            decision.now,
        ),
        proof: ProofStatus { fresh_until: proved_at.map(|at| at.saturating_add(max_age)) },
        policy,
    })
}

fn authenticator(authenticator: &Authenticator) -> AuthenticatorStatus {
    AuthenticatorStatus {
        id: authenticator.id.text(),
        name: authenticator.name.clone(),
        created_at: authenticator.created_at,
        last_used_at: authenticator.last_used_at,
        weak: authenticator.secret.is_weak(),
    }
}

fn devices(record: &Record, decision: &Decision<'_>, current: Option<crate::input::Id>) -> Vec<DeviceStatus> {
    let (policy, now) = (decision.policy(), decision.now);
    let known = record.devices.iter().filter(|device| device.is_known(policy, now));
    known
        .map(|device| DeviceStatus {
            id: device.id.text(),
            label: device.label.clone(),
            last_used_at: device.proved_at,
            trusted: device.is_trusted(policy, now),
            current: Some(device.id) == current,
        })
        .collect()
}

/// The kindest answer that a single code of any of the account's code lengths would get.
pub(crate) fn throttle(record: &Record, budget: &Budget, policy: &Policy, now: Timestamp) -> ThrottleStatus {
    let steps = policy.window_steps();
    let gate = |digits: u8| {
        let here = record
            .authenticators
            .iter()
            .filter(|other| other.parameters.digits == digits && !other.is_ahead(policy, now));
        let count = here.count() as u64;
        let full = policy.heat(price(digits, steps.saturating_mul(count)));
        if count == 0 { Gate::Spent } else { budget.gate(policy, full, now) }
    };
    match (6..=8).map(gate).min().unwrap_or(Gate::Spent) {
        Gate::Open => ThrottleStatus { retry_after: None, codes_required: 1 },
        Gate::Wait { seconds } => ThrottleStatus { retry_after: Some(seconds), codes_required: 1 },
        Gate::Spent => ThrottleStatus { retry_after: None, codes_required: 3 },
    }
}
