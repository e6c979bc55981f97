//! What a hostile reading of the core found, one story each.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

mod common;

use common::{DECADE, Kit, SECRET, START, USER, by, refusal, three, wrong};
use twinlock::otp::Parameters;
use twinlock::testing::FakePhone;
use twinlock::{Code, ImportOptions, Imported};

/// The phone is used now and once more while the clock is a decade ahead; then the clock is right again.
fn used_now_and_in_the_future() -> (Kit, FakePhone) {
    let kit = Kit::new();
    kit.import(SECRET).unwrap();
    let phone = kit.phone_of(SECRET);
    kit.sign_in(&phone).unwrap();
    kit.clock.advance(DECADE);
    kit.sign_in(&phone).unwrap();
    kit.clock.advance(-DECADE);
    (kit, phone)
}

#[test]
fn a_code_used_before_a_clock_anomaly_is_not_taken_again_after_older_codes_ended_it() {
    let (kit, phone) = used_now_and_in_the_future();
    kit.verify_three(&kit.challenge(), three(&phone, -1)).unwrap();
    let (refused, writes) = kit.writes(|| kit.sign_in(&phone));
    assert_eq!((refusal(refused), writes), (Code::InvalidCode, 0), "it was used before the clock jumped");
    assert_eq!(refusal(kit.verify_three(&kit.challenge(), three(&phone, 2))), Code::InvalidCode, "nor among three");
    assert!(kit.verify(&kit.challenge(), &phone.code_after(1)).is_ok(), "the next one is");
}

#[test]
fn a_code_used_before_an_anomaly_costs_nothing_and_is_no_part_of_the_price() {
    let (kit, phone) = used_now_and_in_the_future();
    kit.verify_three(&kit.challenge(), three(&phone, -1)).unwrap();
    // Of the window only the step behind the used one can be right: a failure costs a third.
    for _ in 0..9 {
        assert_eq!(refusal(kit.verify(&kit.challenge(), &wrong(&[&phone]))), Code::InvalidCode);
    }
    assert_eq!(kit.status().throttle.retry_after, None, "nine thirds are three failures");
}

#[test]
fn the_last_code_of_the_old_system_is_not_taken_after_an_anomaly() {
    let kit = Kit::new();
    let imported = Imported::Secret(SECRET, Parameters::default());
    kit.import_with(ImportOptions { imported, last_used_step: Some(START / 30), ..by() }).unwrap();
    let phone = kit.phone_of(SECRET);
    kit.clock.advance(DECADE);
    kit.sign_in(&phone).unwrap();
    kit.clock.advance(-DECADE);
    assert_eq!(refusal(kit.verify_three(&kit.challenge(), three(&phone, 0))), Code::InvalidCode);
    assert!(kit.verify_three(&kit.challenge(), three(&phone, -1)).is_ok());
}

#[test]
fn parameters_out_of_range_are_not_imported() {
    // The fields are public, so a host can change what `Parameters::new` checked; a record with such digits never opens again.
    for change in [|p: &mut Parameters| p.digits = 12, |p: &mut Parameters| p.period = 0] {
        let kit = Kit::new();
        let mut parameters = Parameters::default();
        change(&mut parameters);
        let imported = Imported::Secret(SECRET, parameters);
        assert_eq!(refusal(kit.import_with(ImportOptions { imported, ..by() })), Code::InvalidSecret);
        assert!(!kit.status().enabled);
    }
}

#[test]
fn challenges_used_in_the_future_do_not_take_all_the_room_for_those_of_the_present() {
    let kit = Kit::with(|settings| settings.backup_codes = 20);
    let (phone, enrolled) = kit.enroll(USER);
    kit.clock.advance(DECADE);
    let mut codes = enrolled.backup_codes.iter();
    let mut enter = |challenge: String| kit.verify(&challenge, codes.next().unwrap()).unwrap();
    for _ in 0..16 {
        kit.clock.advance(1);
        enter(kit.challenge());
    }
    kit.clock.advance(-DECADE);
    enter(kit.challenge());
    kit.clock.advance(60);
    let waiting = kit.challenge();
    for _ in 0..3 {
        kit.clock.advance(1);
        enter(kit.challenge());
    }
    assert!(kit.verify(&waiting, &phone.code()).is_ok(), "three sign-ins elsewhere close no challenge");
}
