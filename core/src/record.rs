//! What is kept for one user.
//!
//! INVARIANTS: an active record has at least one authenticator; a disabled one (a tombstone, kept so that switching off and
//! on resets nothing for an attacker) has no authenticators, backup codes or devices, but keeps its budget. Lists are bounded by
//! the constants below, so a record stays near one kilobyte.

pub(crate) mod codec;

use crate::backup_codes::BackupCodes;
use crate::input::Id;
use crate::otp::Parameters;
use crate::policy::Policy;
use crate::secret::Secret;
use crate::throttle::Budget;
use crate::time::Timestamp;

/// Redrawing it ends the challenges, setups and assurances that carry it.
pub(crate) type Epoch = [u8; 16];

/// Challenges whose failures and use are remembered.
pub(crate) const TALLIES: usize = 16;
/// Accepted steps that are remembered for the time after a clock anomaly.
pub(crate) const RECENT_STEPS: usize = 8;
/// More than any policy allows.
pub(crate) const MOST_AUTHENTICATORS: usize = 5;
pub(crate) const MOST_DEVICES: usize = 20;
pub(crate) const MOST_CODES: usize = 20;

const DAY: u64 = 86_400;

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) enabled: bool,
    pub(crate) epoch: Epoch,
    pub(crate) authenticators: Vec<Authenticator>,
    pub(crate) backup_codes: Option<BackupCodes>,
    /// The account's budget; each device has its own.
    pub(crate) budget: Budget,
    pub(crate) tallies: Vec<Tally>,
    /// A challenge issued at or before this second that has no tally is closed.
    pub(crate) closed_before: Option<u64>,
    pub(crate) devices: Vec<Device>,
}

/// One enrolled TOTP secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Authenticator {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) secret: Secret,
    pub(crate) parameters: Parameters,
    /// The highest step accepted, or, after a clock anomaly, where three codes set it back: only codes above it count.
    pub(crate) last_step: Option<u64>,
    /// By how many steps the phone's clock is ahead of ours.
    pub(crate) drift: i8,
    /// The steps accepted last, the newest at the end.
    pub(crate) recent: Vec<u64>,
    pub(crate) created_at: u64,
    pub(crate) last_used_at: Option<u64>,
}

/// What one challenge has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) id: Id,
    pub(crate) issued_at: u64,
    pub(crate) failures: u8,
    pub(crate) used: bool,
    /// Whether `charged` went to the device's budget rather than the account's.
    pub(crate) on_device: bool,
    /// Heat that its failures charged, in milliseconds: what its success forgives.
    pub(crate) charged: u64,
}

/// A browser that passed the second factor here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) id: Id,
    pub(crate) label: String,
    /// When it last proved a second factor.
    pub(crate) proved_at: u64,
    /// When the user asked to trust it.
    pub(crate) trusted_at: Option<u64>,
    pub(crate) budget: Budget,
}

impl Record {
    /// A record of a user who never had one; the caller adds the first authenticator.
    pub(crate) fn new(epoch: Epoch) -> Self {
        Self {
            enabled: false,
            epoch,
            authenticators: Vec::new(),
            backup_codes: None,
            budget: Budget::default(),
            tallies: Vec::new(),
            closed_before: None,
            devices: Vec::new(),
        }
    }

    pub(crate) fn tally(&self, id: Id) -> Option<&Tally> {
        self.tallies.iter().find(|tally| tally.id == id)
    }

    /// The tally of that challenge, made if it is not there yet. Makes room by dropping the oldest unused one (it loses only
    /// forgiveness), else the oldest used one, and then closes every challenge as old as that.
    pub(crate) fn tally_mut(&mut self, id: Id, issued_at: u64, on_device: bool) -> Option<&mut Tally> {
        // INVARIANT: the tally wanted is the last one when `last_mut` is asked.
        match self.tallies.iter().position(|tally| tally.id == id) {
            Some(index) => {
                let tally = self.tallies.remove(index);
                self.tallies.push(tally);
            }
            None => {
                if self.tallies.len() >= TALLIES {
                    self.drop_a_tally();
                }
                self.tallies.push(Tally { id, issued_at, failures: 0, used: false, on_device, charged: 0 });
            }
        }
        let tally = self.tallies.last_mut()?;
        if tally.on_device != on_device {
            // The device was revoked meanwhile and its budget with it: nothing of it can be forgiven on the account's.
            tally.on_device = on_device;
            tally.charged = 0;
        }
        Some(tally)
    }

    fn drop_a_tally(&mut self) {
        let oldest = self.tallies.iter().enumerate().min_by_key(|(_, tally)| (tally.used, tally.issued_at));
        let Some((index, _)) = oldest else { return };
        let dropped = self.tallies.remove(index);
        if dropped.used {
            self.closed_before = self.closed_before.max(Some(dropped.issued_at));
        }
    }

    /// Whether a challenge without a tally may have been used. A limit that lies in the future (the clock jumped ahead and
    /// came back) would close every challenge until then, so it closes none.
    pub(crate) fn has_closed(&self, issued_at: u64, now: Timestamp) -> bool {
        self.closed_before.is_some_and(|closed| issued_at <= closed && now.reaches(closed))
    }

    /// Sets back, whenever the record is written, what restricts for longer than it ever may.
    pub(crate) fn settle(&mut self, policy: &Policy, now: Timestamp) {
        self.budget.settle(policy, now);
        for device in &mut self.devices {
            device.budget.settle(policy, now);
        }
        let set_back = |second| if now.reaches(second) { second } else { now.as_secs() };
        self.closed_before = self.closed_before.map(set_back);
        for tally in &mut self.tallies {
            tally.issued_at = set_back(tally.issued_at); // else it would never be the oldest and leave no room
        }
    }

    pub(crate) fn device(&self, id: Id) -> Option<&Device> {
        self.devices.iter().find(|device| device.id == id)
    }
}

impl Authenticator {
    /// Remembers an accepted step.
    pub(crate) fn accept(&mut self, steps: &[u64], now: Timestamp) {
        self.recent.extend_from_slice(steps);
        let excess = self.recent.len().saturating_sub(RECENT_STEPS);
        self.recent.drain(..excess);
        self.last_step = steps.iter().max().copied().or(self.last_step);
        self.last_used_at = Some(now.as_secs());
    }

    /// Whether that step may still be accepted: it lies above the last one and was not accepted itself. After a clock anomaly
    /// steps that were accepted before it may lie above the last one.
    pub(crate) fn is_fresh(&self, step: u64) -> bool {
        self.last_step.is_none_or(|last| step > last) && !self.recent.contains(&step)
    }

    /// The last used step lies where the clock cannot have been: it jumped ahead and came back.
    pub(crate) fn is_ahead(&self, policy: &Policy, now: Timestamp) -> bool {
        let reach = i64::from(self.drift).saturating_add(policy.settings().window.max(1).into());
        let latest = self.parameters.step_at(now.as_secs()).saturating_add_signed(reach);
        self.last_step.is_some_and(|last| last > latest)
    }
}

impl Device {
    /// Keeps its own budget.
    pub(crate) fn is_known(&self, policy: &Policy, now: Timestamp) -> bool {
        now.grants(self.proved_at, DAY.saturating_mul(policy.settings().device_known_days.into()))
    }

    /// Skips the code.
    pub(crate) fn is_trusted(&self, policy: &Policy, now: Timestamp) -> bool {
        let days = DAY.saturating_mul(policy.settings().device_trusted_days.into());
        self.is_known(policy, now) && self.trusted_at.is_some_and(|at| now.grants(at, days))
    }
}
