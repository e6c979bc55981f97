//! Proving the second factor. The checks, in this order and no other:
//!
//! 1. Parse, before anything is loaded ([`Presented::parse`]): what cannot be a code is never compared and costs nothing.
//! 2. Open the challenge; user, epoch, expiry, not used, failures left. Used, expired, foreign, garbage: `challenge_expired`.
//! 3. Throttle *before* evaluating: while it refuses, right and wrong codes get the same answer and nothing is burned.
//! 4. Compare every step of every authenticator's window in constant time, no early exit.
//! 5. Accept only a step above `last_step`, and burn the highest step of the window that has this code; a code that a burned
//!    step of the window has is refused, free of charge, whatever else has it.
//! 6. Backup code: one hash whatever is typed, compared with the whole set in constant time; mark spent.
//! 7. Success forgives the failures of its own challenge, nobody else's. Only an evaluated single code that matches nothing
//!    is counted: one write, with its events.
//! 8. Whether a code matched *outside* the window changes nothing: a hint would tell an observer twenty future codes per try.
//!
//! Nothing else changes this state (RFC 6238 §5.2, RFC 4226 §7.3–7.4, SP 800-63B-4 §3.2.2).

mod matching;

pub(crate) use matching::newest_of_three;

use serde_json::Value;

use crate::backup_codes::{self, Match};
use crate::decision::Decision;
use crate::error::{Error, Result};
use crate::event::{Draft, EventKind};
use crate::input::{self, BackupCode, Id, Presented, TotpCode};
use crate::outcome::{Method, Verification};
use crate::policy::{Policy, price};
use crate::record::{Device, Record, TALLIES};
use crate::throttle::{Budget, Gate};
use crate::time::Timestamp;
use crate::token::{Challenge, DeviceToken, Token};

use matching::Window;

/// `backup_codes_low` is told from here down.
const FEW_CODES: u8 = 3;

/// What somebody tries.
pub(crate) struct Attempt {
    pub(crate) challenge: Challenge,
    pub(crate) presented: Presented,
    pub(crate) trust_device: bool,
}

pub(crate) fn verify(decision: &mut Decision<'_>, attempt: &Attempt) -> Result<Verification> {
    check_challenge(decision, &attempt.challenge)?;
    let (method, authenticator) = match &attempt.presented {
        Presented::Single(code) => (Method::Totp, Some(single(decision, &attempt.challenge, *code)?)),
        Presented::Triple(codes) => (Method::Totp, Some(triple(decision, codes)?)),
        Presented::Backup(code) => {
            backup(decision, code)?;
            (Method::BackupCode, None)
        }
    };
    succeed(decision, attempt, method, authenticator)
}

fn check_challenge(decision: &Decision<'_>, challenge: &Challenge) -> Result<()> {
    let settings = decision.policy().settings();
    let record = decision.active().ok_or(Error::ChallengeExpired)?;
    let fits = challenge.user_id == *decision.user_id
        && challenge.epoch == record.epoch
        && decision.now.grants(challenge.issued_at, settings.challenge_ttl.into());
    let open = match record.tally(challenge.id) {
        Some(tally) => !tally.used && tally.failures < settings.challenge_failures,
        None => !record.has_closed(challenge.issued_at, decision.now),
    };
    if fits && open { Ok(()) } else { Err(Error::ChallengeExpired) }
}

/// The budget that a challenge draws on: the device's while that is known, else the account's.
pub(crate) fn budget<'r>(
    record: &'r Record,
    device: Option<Id>,
    policy: &Policy,
    now: Timestamp,
) -> (&'r Budget, bool) {
    match device.and_then(|id| record.device(id)).filter(|device| device.is_known(policy, now)) {
        Some(device) => (&device.budget, true),
        None => (&record.budget, false),
    }
}

fn budget_mut<'r>(
    record: &'r mut Record,
    device: Option<Id>,
    policy: &Policy,
    now: Timestamp,
) -> (&'r mut Budget, bool) {
    let known = |other: &&mut Device| Some(other.id) == device && other.is_known(policy, now);
    match record.devices.iter_mut().find(known) {
        Some(device) => (&mut device.budget, true),
        None => (&mut record.budget, false),
    }
}

/// Steps 3 to 5 for one code.
fn single(decision: &mut Decision<'_>, challenge: &Challenge, code: TotpCode) -> Result<Id> {
    let (policy, now) = (decision.policy(), decision.now);
    let record = decision.active().ok_or(Error::NotEnabled)?;
    let window = Window::of(record, code.digits, policy, now);
    if window.is_of_no_authenticator() {
        return Err(Error::MalformedCode);
    }
    // Authenticators whose last step lies in the future take three codes only; where all are so, nothing is evaluated.
    let refusal = || if window.some_are_ahead { Error::MoreCodesRequired { count: 3 } } else { Error::InvalidCode };
    if window.is_empty() {
        return refuse(decision, "clock_anomaly", Error::MoreCodesRequired { count: 3 });
    }
    let full = policy.heat(window.full_price());
    match budget(record, challenge.device, policy, now).0.gate(policy, full, now) {
        Gate::Open => {}
        Gate::Wait { seconds } => return refuse(decision, "throttled", Error::Throttled { retry_after: seconds }),
        Gate::Spent => return refuse(decision, "hardened", Error::MoreCodesRequired { count: 3 }),
    }
    let actual = policy.heat(window.actual_price());
    if actual == 0 {
        return refuse(decision, "used", refusal());
    }
    let found = window.compare(code);
    // Even where a fresh step has the same code by chance: else whoever saw a used code could try it again free of charge.
    if found.used {
        return refuse(decision, "used", refusal());
    }
    if let Some(first) = found.fresh.first() {
        let id = first.0;
        let record = decision.change()?;
        // A code that two authenticators share is burned on both, else it could be replayed on the second.
        for (id, step) in found.fresh {
            if let Some(authenticator) = record.authenticators.iter_mut().find(|other| other.id == id) {
                authenticator.accept(&[step], now);
            }
        }
        return Ok(id);
    }
    let refusal = refusal();
    count_failure(decision, challenge, actual, full)?;
    Err(refusal)
}

/// Tells of a refusal that is not counted: a flood could repeat it at will, so it is not written.
fn refuse<T>(decision: &mut Decision<'_>, reason: &'static str, error: Error) -> Result<T> {
    decision.note(Draft::failed(reason, Method::Totp.as_str(), false));
    Err(error)
}

/// Step 7 for a wrong code.
fn count_failure(decision: &mut Decision<'_>, challenge: &Challenge, actual: u64, full: u64) -> Result<()> {
    let (policy, now) = (decision.policy(), decision.now);
    let record = decision.change()?;
    let (budget, on_device) = budget_mut(record, challenge.device, policy, now);
    budget.charge(policy, actual, full, now);
    let mut after = budget.clone();

    let tally = record
        .tally_mut(challenge.id, challenge.issued_at, on_device)
        .ok_or_else(|| Error::internal("a tally was lost"))?;
    tally.failures = tally.failures.saturating_add(1);
    tally.charged = tally.charged.saturating_add(actual);
    let others = after.heat(policy, now) > tally.charged;

    let mut draft = Draft::failed("wrong", Method::Totp.as_str(), true);
    if on_device {
        draft = draft.with("known_device", true);
    }
    let attacked = is_attack(&mut after, policy, full, now, others);
    let hardened = after.gate(policy, full, now) == Gate::Spent;
    budget_mut(record, challenge.device, policy, now).0.suspected = after.suspected;
    decision.note(draft);
    if attacked {
        decision.note(Draft { success: false, ..Draft::new(EventKind::AttackSuspected) });
    }
    if hardened {
        decision.note(Draft { success: false, ..Draft::new(EventKind::Hardened) });
    }
    Ok(())
}

/// Three unforgiven failures from at least two challenges, or four of any: told once, until they are forgiven or returned.
fn is_attack(budget: &mut Budget, policy: &Policy, full: u64, now: Timestamp, from_others: bool) -> bool {
    let failures = budget.failures(policy, full, now);
    if failures < 3 {
        budget.suspected = false;
    }
    let attacked = !budget.suspected && (failures >= 4 || (failures == 3 && from_others));
    budget.suspected |= attacked;
    attacked
}

/// Three consecutive codes: taken at any time, uncounted, and they teach the drift.
fn triple(decision: &mut Decision<'_>, codes: &[TotpCode; 3]) -> Result<Id> {
    let (policy, now) = (decision.policy(), decision.now);
    let record = decision.active().ok_or(Error::NotEnabled)?;
    if !record.authenticators.iter().any(|other| other.parameters.digits == codes[0].digits) {
        return Err(Error::MalformedCode);
    }
    let Some((id, newest)) = matching::find_triple(record, codes, policy, now) else {
        return refuse(decision, "wrong_three", Error::InvalidCode);
    };
    let record = decision.change()?;
    let Some(authenticator) = record.authenticators.iter_mut().find(|other| other.id == id) else {
        return Err(Error::internal("an authenticator was lost"));
    };
    let was_ahead = authenticator.is_ahead(policy, now);
    authenticator.learn_drift(newest, now);
    authenticator.accept(&[newest.saturating_sub(2), newest.saturating_sub(1), newest], now);
    if was_ahead {
        decision.note(Draft::new(EventKind::ClockAnomaly).with("authenticator_id", id.text()));
    }
    Ok(id)
}

/// Step 6.
fn backup(decision: &mut Decision<'_>, code: &BackupCode) -> Result<()> {
    let record = decision.active().ok_or(Error::NotEnabled)?;
    let found = match &record.backup_codes {
        Some(set) => set.find(code)?,
        None => {
            backup_codes::waste(code)?;
            Match::None
        }
    };
    let Match::Fresh(bit) = found else {
        let reason = if found == Match::Spent { "used" } else { "wrong" };
        decision.note(Draft::failed(reason, Method::BackupCode.as_str(), false));
        return Err(Error::InvalidCode);
    };
    let set = decision.change()?.backup_codes.as_mut().ok_or_else(|| Error::internal("the backup codes were lost"))?;
    set.spent |= bit;
    let left = set.left();
    if left <= FEW_CODES {
        decision.note(Draft::new(EventKind::BackupCodesLow).with("left", left));
    }
    Ok(())
}

/// Step 7 for a right code: the challenge is used, its failures forgiven, the browser known.
fn succeed(
    decision: &mut Decision<'_>,
    attempt: &Attempt,
    method: Method,
    authenticator: Option<Id>,
) -> Result<Verification> {
    let (policy, now) = (decision.policy(), decision.now);
    let challenge = &attempt.challenge;
    let record = decision.change()?;
    close(record, challenge, policy, now)?;
    let backup_codes_left = record.backup_codes.as_ref().map_or(0, backup_codes::BackupCodes::left);

    let mut verified = Draft::new(EventKind::Verified).method(method.as_str());
    if let Some(id) = authenticator {
        verified = verified.with("authenticator_id", id.text());
    }
    decision.note(verified);
    let device = know_device(decision, challenge.device, attempt.trust_device && method == Method::Totp)?;
    Ok(Verification {
        user_id: decision.user_id.as_str().to_owned(),
        method,
        authenticator_id: authenticator.map(|id| id.text()),
        backup_codes_left,
        assurance: decision.assurance(now.as_secs())?,
        device,
        carry: challenge.carry.clone(),
        verified_at: now.as_secs(),
    })
}

fn close(record: &mut Record, challenge: &Challenge, policy: &Policy, now: Timestamp) -> Result<()> {
    let (_, on_device) = budget(record, challenge.device, policy, now);
    let tally = record
        .tally_mut(challenge.id, challenge.issued_at, on_device)
        .ok_or_else(|| Error::internal("a tally was lost"))?;
    tally.used = true;
    let charged = std::mem::take(&mut tally.charged);
    debug_assert!(record.tallies.len() <= TALLIES);
    if charged > 0 {
        let full = policy.heat(full_price(record, policy));
        budget_mut(record, challenge.device, policy, now).0.forgive(policy, charged, full, now);
    }
    Ok(())
}

/// The dearest full price among the account's code lengths: it counts failures, so dear means few.
pub(crate) fn full_price(record: &Record, policy: &Policy) -> u64 {
    let steps = policy.window_steps();
    let of_length = |digits| {
        let count = record.authenticators.iter().filter(|other| other.parameters.digits == digits).count() as u64;
        price(digits, steps.saturating_mul(count))
    };
    (6..=8).map(of_length).max().unwrap_or(0)
}

/// Makes this browser known, or trusted where the user asked for it; gives its token. `None` when the policy keeps no devices.
pub(crate) fn know_device(decision: &mut Decision<'_>, presented: Option<Id>, trust: bool) -> Result<Option<String>> {
    let (policy, now) = (decision.policy(), decision.now);
    let most = usize::from(policy.settings().max_devices);
    let trust = trust && policy.settings().device_trusted_days > 0;
    let is_it = |device: &Device| Some(device.id) == presented && device.is_known(policy, now);
    let was_known = decision.active().is_some_and(|record| record.devices.iter().any(is_it));
    let new = if was_known { None } else { Some((Id(decision.entropy.take()?), input::label(decision.context))) };
    let devices = &mut decision.change()?.devices;
    let mut device = match (devices.iter().position(is_it), new) {
        (Some(index), _) => devices.remove(index),
        (None, Some((id, label))) if make_room(devices, most, trust, policy, now) => {
            Device { id, label, proved_at: now.as_secs(), trusted_at: None, budget: Budget::default() }
        }
        (None, _) => return Ok(None),
    };
    let id = device.id;
    device.proved_at = now.as_secs();
    if trust {
        device.trusted_at = Some(now.as_secs());
    }
    devices.push(device);
    let told = |kind| Draft::new(kind).with("device_id", Value::from(id.text()));
    if !was_known {
        decision.note(told(EventKind::DeviceKnown));
    }
    if trust {
        decision.note(told(EventKind::DeviceTrusted));
    }
    let token = DeviceToken { user_id: decision.user_id.clone(), id };
    token.seal(&decision.engine.sealer, &mut decision.entropy).map(Some)
}

/// What is no longer known goes first, then the least recently used known device; a trusted one only for another trusted one.
fn make_room(devices: &mut Vec<Device>, most: usize, trust: bool, policy: &Policy, now: Timestamp) -> bool {
    if most == 0 {
        return false;
    }
    while devices.len() >= most {
        let worth = |device: &Device| (device.is_trusted(policy, now), device.is_known(policy, now), device.proved_at);
        let oldest = devices.iter().enumerate().min_by_key(|(_, device)| worth(device));
        match oldest.map(|(index, device)| (index, device.is_trusted(policy, now))) {
            Some((index, trusted)) if trust || !trusted => drop(devices.remove(index)),
            _ => return false,
        }
    }
    true
}
