//! Which steps a code is compared with, and whether it matches: constant time, no early exit.

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::input::{Id, TotpCode};
use crate::otp::CodeGenerator;
use crate::policy::{Policy, RESYNC_STEPS, price, resync_radius};
use crate::record::{Authenticator, Record};
use crate::time::Timestamp;

/// The authenticators of one code length, each with the steps around now that a single code may have.
pub(crate) struct Window<'r> {
    entries: Vec<Entry<'r>>,
    digits: u8,
    steps_each: u64,
    pub(crate) some_are_ahead: bool,
}

struct Entry<'r> {
    authenticator: &'r Authenticator,
    first: i64,
    last: i64,
}

/// What a single code met.
pub(crate) struct Found {
    /// Authenticators with a step above their last one, and the highest such step.
    pub(crate) fresh: Vec<(Id, u64)>,
    /// The code is that of a step in the window that was used or passed over.
    pub(crate) used: bool,
}

/// Steps fit easily: the latest second is below 2^38.
fn signed(step: u64) -> i64 {
    i64::try_from(step).unwrap_or(i64::MAX)
}

impl<'r> Window<'r> {
    pub(crate) fn of(record: &'r Record, digits: u8, policy: &Policy, now: Timestamp) -> Self {
        let reach = i64::from(policy.settings().window);
        let mut window = Self { entries: Vec::new(), digits, steps_each: policy.window_steps(), some_are_ahead: false };
        for authenticator in record.authenticators.iter().filter(|other| other.parameters.digits == digits) {
            if authenticator.is_ahead(policy, now) {
                window.some_are_ahead = true;
                continue;
            }
            let centre =
                signed(authenticator.parameters.step_at(now.as_secs())).saturating_add(authenticator.drift.into());
            let (first, last) = (centre.saturating_sub(reach), centre.saturating_add(reach));
            window.entries.push(Entry { authenticator, first, last });
        }
        window
    }

    pub(crate) fn is_of_no_authenticator(&self) -> bool {
        self.entries.is_empty() && !self.some_are_ahead
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every step, burned or not.
    pub(crate) fn full_price(&self) -> u64 {
        price(self.digits, self.steps_each.saturating_mul(self.entries.len() as u64))
    }

    /// The steps that could still be right.
    pub(crate) fn actual_price(&self) -> u64 {
        let fresh = |entry: &Entry<'_>| entry.steps().filter(|&step| entry.authenticator.is_fresh(step)).count() as u64;
        price(self.digits, self.entries.iter().map(fresh).fold(0, u64::saturating_add))
    }

    pub(crate) fn compare(&self, code: TotpCode) -> Found {
        let mut found = Found { fresh: Vec::new(), used: false };
        for entry in &self.entries {
            let (fresh, used, step) = entry.compare(code.value);
            if bool::from(fresh) {
                found.fresh.push((entry.authenticator.id, step));
            }
            found.used |= bool::from(used);
        }
        found
    }
}

impl Entry<'_> {
    fn steps(&self) -> impl Iterator<Item = u64> {
        (self.first..=self.last).filter_map(|step| u64::try_from(step).ok())
    }

    /// Whether a fresh step has this code, whether a used one has, and the highest fresh one. Which step matched does not show in time.
    fn compare(&self, value: u32) -> (Choice, Choice, u64) {
        let generator = CodeGenerator::new(&self.authenticator.secret, self.authenticator.parameters);
        let (mut fresh, mut used, mut highest) = (Choice::from(0), Choice::from(0), 0);
        for step in self.steps() {
            let equal = generator.value(step).ct_eq(&value);
            let burned = Choice::from(u8::from(!self.authenticator.is_fresh(step)));
            highest.conditional_assign(&step, equal & !burned);
            fresh |= equal & !burned;
            used |= equal & burned;
        }
        (fresh, used, highest)
    }
}

/// The authenticator whose three consecutive codes these are, and the newest step. Searched about now: the phone's clock may
/// have been set right meanwhile.
pub(crate) fn find_triple(
    record: &Record,
    codes: &[TotpCode; 3],
    policy: &Policy,
    now: Timestamp,
) -> Option<(Id, u64)> {
    let count = u8::try_from(record.authenticators.len()).unwrap_or(u8::MAX);
    let radius = i64::from(resync_radius(count));
    let mut found = None;
    for authenticator in record.authenticators.iter().filter(|other| other.parameters.digits == codes[0].digits) {
        let centre = signed(authenticator.parameters.step_at(now.as_secs()));
        let ahead = authenticator.is_ahead(policy, now);
        let usable =
            |step: u64| if ahead { !authenticator.recent.contains(&step) } else { authenticator.is_fresh(step) };
        let newest =
            newest_of_three(authenticator, codes, centre.saturating_sub(radius), centre.saturating_add(radius), usable);
        found = found.or(newest.map(|step| (authenticator.id, step)));
    }
    found
}

/// The highest step within `first..=last` that ends three usable steps with these codes.
pub(crate) fn newest_of_three(
    authenticator: &Authenticator,
    codes: &[TotpCode; 3],
    first: i64,
    last: i64,
    usable: impl Fn(u64) -> bool,
) -> Option<u64> {
    let generator = CodeGenerator::new(&authenticator.secret, authenticator.parameters);
    let (mut found, mut newest) = (Choice::from(0), 0_u64);
    // Whether the last step had the first code; whether the last two had the first and second.
    let (mut one, mut two) = (Choice::from(0), Choice::from(0));
    for step in (first.max(0)..=last).filter_map(|step| u64::try_from(step).ok()) {
        let value = generator.value(step);
        let usable = Choice::from(u8::from(usable(step)));
        let three = two & usable & value.ct_eq(&codes[2].value);
        two = one & usable & value.ct_eq(&codes[1].value);
        one = usable & value.ct_eq(&codes[0].value);
        newest.conditional_assign(&step, three);
        found |= three;
    }
    bool::from(found).then_some(newest)
}

impl Authenticator {
    /// Learns from three codes how far the phone's clock is ahead (RFC 4226 §7.4, RFC 6238 §6). One step is typing time, not drift.
    pub(crate) fn learn_drift(&mut self, newest: u64, now: Timestamp) {
        let offset = signed(newest).saturating_sub(signed(self.parameters.step_at(now.as_secs())));
        if offset.saturating_sub(self.drift.into()).abs() > 1 {
            let most = i64::from(RESYNC_STEPS);
            self.drift = i8::try_from(offset.clamp(most.saturating_neg(), most)).unwrap_or(0);
        }
    }
}
