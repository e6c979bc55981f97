//! How many wrong codes an account, or one of its devices, may evaluate: budget and back-off.
//!
//! | heat + full price | last failure | single code |
//! |---|---|---|
//! | over the budget | any | `more_codes_required` |
//! | within | back-off runs | `throttled` |
//! | within | back-off over | evaluated |
//!
//! Heat is kept as the time at which the budget will be whole again, so it cools by itself and no timer runs.
//! The throttle asks with the *full* price (every step of the window) and a failure charges the *actual* one (steps not yet
//! burned): probability is what is counted. Nothing an attacker can cause returns any of it.

use crate::policy::Policy;
use crate::time::Timestamp;

/// One budget: of the account, or of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Budget {
    /// Unix milliseconds at which all heat is gone.
    pub(crate) cool_at: u64,
    /// Unix seconds before which no single code is evaluated.
    pub(crate) retry_at: u64,
    /// `attack_suspected` was told for the failures that are there now.
    pub(crate) suspected: bool,
}

/// What the throttle says to a single code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gate {
    Open,
    Wait { seconds: u64 },
    Spent,
}

impl Budget {
    /// Asks before evaluating, with the heat of the full price.
    pub(crate) fn gate(&self, policy: &Policy, full: u64, now: Timestamp) -> Gate {
        let retry_at = self.retry_at.min(now.as_secs().saturating_add(policy.longest_wait()));
        if self.heat(policy, now).saturating_add(full) > policy.capacity() {
            Gate::Spent
        } else if retry_at > now.as_secs() {
            Gate::Wait { seconds: retry_at.saturating_sub(now.as_secs()) }
        } else {
            Gate::Open
        }
    }

    /// A counted failure: adds the actual price, starts the back-off.
    pub(crate) fn charge(&mut self, policy: &Policy, actual: u64, full: u64, now: Timestamp) {
        self.cool_at = now.as_millis().saturating_add(self.heat(policy, now)).saturating_add(actual);
        let wait = policy.wait_after(self.failures(policy, full, now));
        self.retry_at = now.as_secs().saturating_add(wait);
    }

    /// A success takes back what its own challenge charged, and the back-off that came from it.
    pub(crate) fn forgive(&mut self, policy: &Policy, charged: u64, full: u64, now: Timestamp) {
        let heat = self.heat(policy, now).saturating_sub(charged);
        self.cool_at = if heat == 0 { 0 } else { now.as_millis().saturating_add(heat) };
        let wait = policy.wait_after(self.failures(policy, full, now));
        self.retry_at = self.retry_at.min(now.as_secs().saturating_add(wait));
        self.suspected &= heat > 0;
    }

    /// Writes back how [`Budget::heat`] and [`Budget::gate`] read times beyond their maximum; else they would stay at it
    /// until the clock is there again.
    pub(crate) fn settle(&mut self, policy: &Policy, now: Timestamp) {
        self.cool_at = self.cool_at.min(now.as_millis().saturating_add(policy.capacity()));
        self.retry_at = self.retry_at.min(now.as_secs().saturating_add(policy.longest_wait()));
    }

    /// Unforgiven failures: heat in full prices, rounded up.
    pub(crate) fn failures(&self, policy: &Policy, full: u64, now: Timestamp) -> u64 {
        self.heat(policy, now).div_ceil(full.max(1))
    }

    /// Milliseconds until the budget is whole. A time beyond its maximum (the clock jumped and came back) is read as the maximum.
    pub(crate) fn heat(&self, policy: &Policy, now: Timestamp) -> u64 {
        self.cool_at.saturating_sub(now.as_millis()).min(policy.capacity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{PolicySettings, price};

    const DAY: u64 = 86_400;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(i64::try_from(1_700_000_000 + seconds).unwrap()).unwrap()
    }

    fn full(policy: &Policy) -> u64 {
        policy.heat(price(6, 3))
    }

    fn after_failures(policy: &Policy, count: u64) -> Budget {
        let mut budget = Budget::default();
        for _ in 0..count {
            budget.charge(policy, full(policy), full(policy), at(0));
        }
        budget
    }

    #[test]
    fn each_row_of_the_back_off_table() {
        let policy = Policy::default();
        let rows = [
            Gate::Open,
            Gate::Open,
            Gate::Open,
            Gate::Open,
            Gate::Wait { seconds: 15 },
            Gate::Wait { seconds: 30 },
            Gate::Wait { seconds: 60 },
            Gate::Wait { seconds: 120 },
            Gate::Spent,
        ];
        for (failures, expected) in rows.into_iter().enumerate() {
            let budget = after_failures(&policy, failures as u64);
            assert_eq!(budget.gate(&policy, full(&policy), at(0)), expected, "{failures} failures");
        }
    }

    #[test]
    fn back_off_ends_and_a_spent_budget_returns_one_try_in_21_days() {
        let policy = Policy::default();
        assert_eq!(after_failures(&policy, 4).gate(&policy, full(&policy), at(14)), Gate::Wait { seconds: 1 });
        assert_eq!(after_failures(&policy, 4).gate(&policy, full(&policy), at(15)), Gate::Open);
        let spent = after_failures(&policy, 8);
        assert_eq!(spent.gate(&policy, full(&policy), at(21 * DAY - 1)), Gate::Spent);
        assert_eq!(spent.gate(&policy, full(&policy), at(21 * DAY)), Gate::Open);
    }

    #[test]
    fn two_authenticators_double_the_price_and_eight_digits_make_it_a_hundredth() {
        let policy = Policy::default();
        let budget = after_failures(&policy, 7);
        assert_eq!(budget.gate(&policy, policy.heat(price(6, 6)), at(300)), Gate::Spent);
        assert_eq!(budget.gate(&policy, policy.heat(price(8, 3)), at(300)), Gate::Open);
    }

    #[test]
    fn a_success_forgives_its_own_failures_only() {
        let policy = Policy::default();
        let mut budget = after_failures(&policy, 5);
        budget.forgive(&policy, 2 * full(&policy), full(&policy), at(0));
        assert_eq!(budget, Budget { retry_at: at(0).as_secs(), ..after_failures(&policy, 3) });
    }

    #[test]
    fn times_far_in_the_future_are_read_as_the_maximum() {
        let policy = Policy::default();
        let mut ahead = Budget::default();
        ahead.charge(&policy, full(&policy), full(&policy), at(3650 * DAY));
        ahead.retry_at = u64::MAX;
        assert_eq!(ahead.heat(&policy, at(0)), policy.capacity());
        assert_eq!(ahead.gate(&policy, full(&policy), at(0)), Gate::Spent);
        assert_eq!(
            Budget { retry_at: u64::MAX, ..Budget::default() }.gate(&policy, full(&policy), at(0)),
            Gate::Wait { seconds: 240 }
        );
    }

    #[test]
    fn a_fixed_lockout_answers_with_the_time_to_wait_and_ends() {
        let settings = PolicySettings { accept_risk: true, ..PolicySettings::fixed_lockout(5, 15) };
        let policy = Policy::new(settings).unwrap();
        let budget = after_failures(&policy, 5);
        assert_eq!(after_failures(&policy, 4).gate(&policy, full(&policy), at(0)), Gate::Open);
        assert_eq!(budget.gate(&policy, full(&policy), at(0)), Gate::Wait { seconds: 900 });
        assert_eq!(budget.gate(&policy, full(&policy), at(899)), Gate::Wait { seconds: 1 });
        assert_eq!(budget.gate(&policy, full(&policy), at(900)), Gate::Open);
        assert_eq!(budget.heat(&policy, at(900)), 0);
    }
}
