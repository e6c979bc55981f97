//! The reference drivers against the rules at the head of `driver.rs`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, and says where")]

use twinlock::testing::{DrivenBy, DriverParts, driver_kit};
use twinlock::{AsyncTwoFactor, Enrolled, Enrollment, NextStep, Result, TwoFactor, Verification};

fn blocking(parts: DriverParts) -> impl DrivenBy + Send + 'static {
    let on_event = parts.on_event;
    TwoFactor::new(parts.engine, parts.storage)
        .with_clock(parts.clock)
        .with_events(move |event, durable| on_event(event, durable))
}

#[test]
fn the_blocking_driver_keeps_its_rules() {
    driver_kit(blocking).unwrap();
}

#[test]
fn the_asynchronous_driver_keeps_its_rules() {
    driver_kit(|parts| {
        let on_event = parts.on_event;
        AsyncTwoFactor::new(parts.engine, parts.storage)
            .with_clock(parts.clock)
            .with_events(move |event, durable| on_event(event, durable))
    })
    .unwrap();
}

/// A driver that lets people in when the storage fails: what the kit is there to find.
struct Trusting<D>(D);

impl<D: DrivenBy> DrivenBy for Trusting<D> {
    fn begin_enrollment(&self, user_id: &str) -> Result<Enrollment> {
        self.0.begin_enrollment(user_id)
    }

    fn confirm_enrollment(&self, user_id: &str, setup: &str, code: &str) -> Result<Enrolled> {
        self.0.confirm_enrollment(user_id, setup, code)
    }

    fn after_first_factor(&self, user_id: &str) -> Result<NextStep> {
        self.0.after_first_factor(user_id).or_else(|_| self.0.after_first_factor("nobody"))
    }

    fn verify(&self, challenge: &str, code: &str) -> Result<Verification> {
        self.0.verify(challenge, code)
    }

    fn erase(&self, user_id: &str) -> Result<()> {
        self.0.erase(user_id)
    }
}

#[test]
fn a_driver_that_takes_a_failed_load_for_an_absent_record_is_found() {
    let broken = driver_kit(|parts| Trusting(blocking(parts))).unwrap_err();
    assert!(broken.contains("must not pass as one without a second factor"), "{broken}");
}
