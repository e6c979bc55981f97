//! What each operation ends.
//!
//! | operation | epoch | devices | their trust | budgets | backup codes |
//! |---|---|---|---|---|---|
//! | confirm or import, first / further | new / kept | – / kept | – / kept | kept | new (import: none) / kept |
//! | `remove_authenticator` | new | kept | cleared | kept | kept |
//! | `regenerate_backup_codes` | kept | kept | kept | kept | new |
//! | `disable`, `reset` | new | gone | gone | **kept** | gone |
//! | `password_changed` | new | kept as known | cleared | **kept** | kept |
//! | `unlock` | kept | kept | kept | cleared | kept |
//!
//! A new epoch ends the challenges, setups and assurances of the old one.

use crate::backup_codes::BackupCodes;
use crate::decision::Decision;
use crate::error::{Error, Result};
use crate::event::{Draft, EventKind};
use crate::input::Id;
use crate::outcome::{Method, NewBackupCodes, NextStep, StepStatus};
use crate::record::Record;
use crate::status;
use crate::throttle::Budget;
use crate::token::{Challenge, Token};
use crate::verification::budget;

pub(crate) struct FirstFactor {
    pub(crate) device: Option<String>,
    pub(crate) required: bool,
    pub(crate) fresh: bool,
    pub(crate) carry: Option<String>,
}

/// What stands between the password and the session. Writes nothing.
pub(crate) fn after_first_factor(decision: &mut Decision<'_>, first: &FirstFactor) -> Result<NextStep> {
    let (policy, now) = (decision.policy(), decision.now);
    let mut step = NextStep {
        status: if first.required { StepStatus::EnrollmentRequired } else { StepStatus::NotRequired },
        challenge: None,
        methods: Vec::new(),
        codes_required: 1,
        assurance: None,
        expires_at: None,
        expires_in: None,
    };
    let Some(record) = decision.active() else { return Ok(step) };
    let device = decision.known_device(first.device.as_deref());
    let trusted = device.and_then(|id| record.device(id)).filter(|device| device.is_trusted(policy, now));
    if let Some(proved_at) = trusted.filter(|_| !first.fresh).map(|device| device.proved_at) {
        step.status = StepStatus::Trusted;
        step.assurance = Some(decision.assurance(proved_at)?);
        return Ok(step);
    }
    step.status = StepStatus::Challenge;
    step.codes_required = status::throttle(record, budget(record, device, policy, now).0, policy, now).codes_required;
    step.methods.push(Method::Totp);
    if record.backup_codes.as_ref().is_some_and(|set| set.left() > 0) {
        step.methods.push(Method::BackupCode);
    }
    let ttl = u64::from(policy.settings().challenge_ttl);
    step.expires_at = Some(now.as_secs().saturating_add(ttl));
    step.expires_in = Some(ttl);
    let challenge = Challenge {
        user_id: decision.user_id.clone(),
        epoch: record.epoch,
        id: Id(decision.entropy.take()?),
        issued_at: now.as_secs(),
        device,
        carry: first.carry.clone(),
    };
    step.challenge = Some(challenge.seal(&decision.engine.sealer, &mut decision.entropy)?);
    Ok(step)
}

pub(crate) fn check_assurance(decision: &Decision<'_>, token: &str, max_age: Option<u64>) -> Result<u64> {
    if decision.active().is_none() {
        return Err(Error::NotEnabled);
    }
    decision.proved_at(token, max_age).ok_or(Error::AssuranceRequired)
}

/// `not_enabled` before `assurance_required`: there is nothing to prove.
fn sensitive(decision: &Decision<'_>, assurance: &str) -> Result<()> {
    if decision.active().is_none() {
        return Err(Error::NotEnabled);
    }
    decision.require_fresh_proof(Some(assurance))
}

pub(crate) fn regenerate_backup_codes(decision: &mut Decision<'_>, assurance: &str) -> Result<NewBackupCodes> {
    sensitive(decision, assurance)?;
    let count = decision.policy().settings().backup_codes;
    let (set, texts) = BackupCodes::make(count, decision.now, &mut decision.entropy)?;
    decision.change()?.backup_codes = (count > 0).then_some(set);
    decision.note(Draft::new(EventKind::BackupCodesMade).with("count", count));
    Ok(texts)
}

pub(crate) fn backup_codes_saved(decision: &mut Decision<'_>) -> Result<()> {
    let saved = decision.active().ok_or(Error::NotEnabled)?.backup_codes.as_ref().is_none_or(|set| set.saved);
    if !saved {
        if let Some(set) = &mut decision.change()?.backup_codes {
            set.saved = true;
        }
        decision.note(Draft::new(EventKind::BackupCodesSaved));
    }
    Ok(())
}

pub(crate) fn rename_authenticator(decision: &mut Decision<'_>, assurance: &str, id: &str, name: &str) -> Result<()> {
    sensitive(decision, assurance)?;
    let index = find_authenticator(decision, id)?;
    if let Some(authenticator) = decision.change()?.authenticators.get_mut(index) {
        name.clone_into(&mut authenticator.name);
    }
    decision.note(Draft::new(EventKind::AuthenticatorRenamed).with("authenticator_id", id));
    Ok(())
}

pub(crate) fn remove_authenticator(decision: &mut Decision<'_>, assurance: &str, id: &str) -> Result<()> {
    sensitive(decision, assurance)?;
    let index = find_authenticator(decision, id)?;
    if decision.active().is_some_and(|record| record.authenticators.len() == 1) {
        return Err(Error::LastAuthenticator);
    }
    let epoch = decision.new_epoch()?;
    let record = decision.change()?;
    record.authenticators.remove(index);
    record.epoch = epoch;
    end_trust(record);
    decision.note(Draft::new(EventKind::AuthenticatorRemoved).with("authenticator_id", id));
    Ok(())
}

fn find_authenticator(decision: &Decision<'_>, id: &str) -> Result<usize> {
    let id = Id::parse(id)?;
    let record = decision.active().ok_or(Error::NotEnabled)?;
    record.authenticators.iter().position(|other| other.id == id).ok_or(Error::NotFound)
}

fn end_trust(record: &mut Record) {
    for device in &mut record.devices {
        device.trusted_at = None;
    }
}

pub(crate) fn revoke_device(decision: &mut Decision<'_>, id: &str) -> Result<()> {
    let parsed = Id::parse(id)?;
    decision.active().ok_or(Error::NotEnabled)?.device(parsed).ok_or(Error::NotFound)?;
    decision.change()?.devices.retain(|device| device.id != parsed);
    decision.note(Draft::new(EventKind::DeviceRevoked).with("device_id", id));
    Ok(())
}

pub(crate) fn revoke_all_devices(decision: &mut Decision<'_>) -> Result<()> {
    let count = decision.active().ok_or(Error::NotEnabled)?.devices.len();
    if count > 0 {
        decision.change()?.devices.clear();
        decision.note(Draft::new(EventKind::DeviceRevoked).with("count", count));
    }
    Ok(())
}

pub(crate) fn disable(decision: &mut Decision<'_>, assurance: &str) -> Result<()> {
    sensitive(decision, assurance)?;
    bury(decision)?;
    decision.note(Draft::new(EventKind::Disabled));
    Ok(())
}

/// The help desk's wipe; nothing there is fine.
pub(crate) fn reset(decision: &mut Decision<'_>, actor: &str, reason: &str) -> Result<()> {
    if decision.active().is_some() {
        bury(decision)?;
        decision.note(Draft::new(EventKind::Reset).by(actor).with("reason", reason));
    }
    Ok(())
}

/// Leaves a tombstone that keeps the account's budget: off and on again resets nothing for an attacker.
fn bury(decision: &mut Decision<'_>) -> Result<()> {
    let epoch = decision.new_epoch()?;
    let record = decision.change()?;
    *record = Record { budget: std::mem::take(&mut record.budget), ..Record::new(epoch) };
    Ok(())
}

/// Clears the budgets of the account and of its devices.
pub(crate) fn unlock(decision: &mut Decision<'_>, actor: &str) -> Result<()> {
    if decision.record.is_some() {
        let record = decision.change_or_make()?;
        record.budget = Budget::default();
        for device in &mut record.devices {
            device.budget = Budget::default();
        }
        for tally in &mut record.tallies {
            tally.charged = 0; // what was cleared cannot be forgiven again
        }
        decision.note(Draft::new(EventKind::Unlocked).by(actor));
    }
    Ok(())
}

pub(crate) fn password_changed(decision: &mut Decision<'_>) -> Result<()> {
    if decision.active().is_some() {
        let epoch = decision.new_epoch()?;
        let record = decision.change()?;
        record.epoch = epoch;
        end_trust(record);
        decision.note(Draft::new(EventKind::PasswordChanged));
    }
    Ok(())
}

/// Moves the record to the active key and the newest format; says whether it had to.
pub(crate) fn reseal(decision: &mut Decision<'_>) -> Result<bool> {
    if decision.current || decision.record.is_none() {
        return Ok(false);
    }
    decision.change_or_make()?;
    decision.note(Draft::new(EventKind::Resealed));
    Ok(true)
}
