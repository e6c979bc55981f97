//! "Clock and drift" of DESIGN §3, sentence by sentence, and clocks that are broken.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

mod common;

use common::{DAY, DECADE, Kit, OTHER_SECRET, RETURN, SECRET, USER, by, refusal, three, wrong};
use twinlock::{Code, FirstFactorOptions, ImportOptions, Imported, Timestamp};

#[test]
fn a_single_code_never_teaches_drift() {
    let kit = Kit::new();
    kit.import(SECRET).unwrap();
    let phone = kit.phone_of(SECRET);
    for _ in 0..10 {
        kit.verify(&kit.challenge(), &phone.code_after(1)).unwrap();
        kit.clock.advance(90);
    }
    assert_eq!(refusal(kit.verify(&kit.challenge(), &phone.code_after(2))), Code::InvalidCode);
    assert!(kit.verify(&kit.challenge(), &phone.code_after(-1)).is_ok(), "the window lies where it was");
}

#[test]
fn three_codes_teach_a_drift_of_two_and_more_but_not_of_one() {
    for offset in [-6_i64, -3, -2, -1, 0, 1, 2, 3, 20] {
        let kit = Kit::new();
        kit.import(SECRET).unwrap();
        let phone = kit.phone_of(SECRET);
        kit.verify_three(&kit.challenge(), three(&phone, offset)).unwrap();
        let drift = if offset.abs() <= 1 { 0 } else { offset };
        kit.clock.advance(120);
        // Ask from the highest step down: each accepted step burns those below it.
        for step in [drift + 2, drift - 2] {
            assert_eq!(refusal(kit.verify(&kit.challenge(), &phone.code_after(step))), Code::InvalidCode, "{offset}");
        }
        assert!(kit.verify(&kit.challenge(), &phone.code_after(drift - 1)).is_ok(), "offset {offset}");
        assert!(kit.verify(&kit.challenge(), &phone.code_after(drift + 1)).is_ok(), "offset {offset}");
    }
}

#[test]
fn one_step_off_the_learned_drift_is_typing_time() {
    let kit = Kit::new();
    kit.import_with(ImportOptions { imported: Imported::Secret(SECRET, Default::default()), drift: 7, ..by() })
        .unwrap();
    let phone = kit.phone_of(SECRET);
    kit.verify_three(&kit.challenge(), three(&phone, 6)).unwrap();
    kit.clock.advance(120);
    assert!(kit.verify(&kit.challenge(), &phone.code_after(8)).is_ok(), "the drift is still 7");
}

#[test]
fn triples_are_searched_about_now_not_about_the_drift() {
    let kit = Kit::new();
    kit.import_with(ImportOptions { imported: Imported::Secret(SECRET, Default::default()), drift: 20, ..by() })
        .unwrap();
    let phone = kit.phone_of(SECRET);
    assert_eq!(refusal(kit.verify_three(&kit.challenge(), three(&phone, 21))), Code::InvalidCode);
    kit.verify_three(&kit.challenge(), three(&phone, -10)).unwrap();
    kit.clock.advance(60);
    assert!(kit.verify(&kit.challenge(), &phone.code_after(-10)).is_ok(), "a phone whose clock was set right is taken");
}

#[test]
fn all_three_steps_lie_above_the_last_one_and_all_are_burned() {
    let (kit, phone, _) = Kit::enrolled();
    kit.clock.advance(300);
    kit.verify(&kit.challenge(), &phone.code_after(-1)).unwrap();
    for newest in -1..=1 {
        let refused = kit.verify_three(&kit.challenge(), three(&phone, newest));
        assert_eq!(refusal(refused), Code::InvalidCode, "the oldest of three ending at {newest} is burned");
    }
    kit.verify_three(&kit.challenge(), three(&phone, 2)).unwrap();
    for step in 0..=2 {
        assert_eq!(refusal(kit.verify(&kit.challenge(), &phone.code_after(step))), Code::InvalidCode, "{step}");
    }
    assert_eq!(refusal(kit.verify_three(&kit.challenge(), three(&phone, 2))), Code::InvalidCode);
}

/// A user whose phone was used while the clock was a decade ahead; the clock is right again.
fn after_an_anomaly() -> (Kit, twinlock::testing::FakePhone) {
    let kit = Kit::new();
    kit.import(SECRET).unwrap();
    let phone = kit.phone_of(SECRET);
    kit.clock.advance(DECADE);
    kit.sign_in(&phone).unwrap();
    kit.clock.advance(-DECADE);
    kit.events();
    (kit, phone)
}

#[test]
fn a_last_step_in_the_future_takes_three_codes_only_and_singles_are_free() {
    let (kit, phone) = after_an_anomaly();
    assert_eq!(kit.after_password(None).codes_required, 3);
    for code in [phone.code().to_string(), wrong(&[&phone])] {
        let (refused, writes) = kit.writes(|| kit.verify(&kit.challenge(), &code));
        assert_eq!((refusal(refused), writes), (Code::MoreCodesRequired, 0));
    }
    assert_eq!(kit.told().0, [""; 0]);
    kit.sign_in_with_three(&phone).unwrap();
    assert_eq!(kit.told().0, ["clock_anomaly", "verified", "device_known"]);
    kit.clock.advance(30);
    assert!(kit.sign_in(&phone).is_ok(), "a success re-anchors");
}

#[test]
fn where_some_are_ahead_the_rest_is_evaluated_and_every_failure_asks_for_three() {
    let (kit, ahead) = after_an_anomaly();
    kit.import(OTHER_SECRET).unwrap();
    let here = kit.phone_of(OTHER_SECRET);
    let (refused, writes) = kit.writes(|| kit.verify(&kit.challenge(), &wrong(&[&ahead, &here])));
    assert_eq!((refusal(refused), writes), (Code::MoreCodesRequired, 1), "priced");
    assert_eq!(refusal(kit.sign_in(&ahead)), Code::MoreCodesRequired);
    assert!(kit.sign_in(&here).is_ok());
    let (refused, writes) = kit.writes(|| kit.sign_in(&here));
    assert_eq!((refusal(refused), writes), (Code::MoreCodesRequired, 0), "a replay gets that answer too");
}

#[test]
fn after_an_anomaly_none_of_the_last_eight_accepted_is_taken_again() {
    let kit = Kit::new();
    kit.import(SECRET).unwrap();
    let phone = kit.phone_of(SECRET);
    // Seven sign-ins now, then one a decade ahead: eight accepted steps.
    for _ in 0..7 {
        kit.sign_in(&phone).unwrap();
        kit.clock.advance(30);
    }
    kit.clock.advance(DECADE);
    kit.sign_in(&phone).unwrap();
    kit.clock.advance(-DECADE - 30);
    for newest in -6..=2 {
        let refused = kit.verify_three(&kit.challenge(), three(&phone, newest));
        assert_eq!(refusal(refused), Code::InvalidCode, "{newest}");
    }
    assert!(kit.verify_three(&kit.challenge(), three(&phone, 3)).is_ok());
}

#[test]
fn being_off_by_the_window_is_no_anomaly() {
    let (kit, phone, _) = Kit::enrolled();
    kit.verify(&kit.challenge(), &phone.code_after(1)).unwrap();
    assert_eq!(refusal(kit.sign_in(&phone)), Code::InvalidCode);
    kit.clock.advance(-30);
    assert_eq!(refusal(kit.sign_in(&phone)), Code::MoreCodesRequired, "two steps ahead is one");
}

#[test]
fn a_budget_spent_in_the_future_is_whole_again_in_its_time() {
    let (kit, phone, _) = Kit::enrolled();
    kit.clock.advance(DECADE);
    assert_eq!(kit.spend(&phone), 8);
    kit.clock.advance(-DECADE);
    assert_eq!(kit.status().throttle.codes_required, 3, "read as now + the maximum");
    kit.clock.advance(90);
    kit.sign_in_with_three(&phone).unwrap();
    kit.clock.advance(RETURN);
    assert_eq!(kit.spend(&phone), 1, "and written back so");
}

#[test]
fn a_back_off_begun_in_the_future_lasts_its_longest_and_ends() {
    let (kit, phone, _) = Kit::enrolled();
    kit.clock.advance(DECADE);
    for _ in 0..4 {
        kit.fail(&phone);
    }
    kit.clock.advance(-DECADE);
    assert!(kit.status().throttle.retry_after.is_none_or(|wait| wait <= 240));
    kit.clock.advance(90);
    kit.sign_in_with_three(&phone).unwrap();
    kit.clock.advance(9 * RETURN);
    assert!(kit.sign_in(&phone).is_ok());
}

#[test]
fn sign_ins_in_the_future_do_not_close_the_challenges_of_the_present() {
    let kit = Kit::with(|settings| settings.backup_codes = 20);
    let (phone, enrolled) = kit.enroll(USER);
    kit.clock.advance(DECADE);
    for code in &enrolled.backup_codes[..18] {
        kit.clock.advance(1);
        kit.verify(&kit.challenge(), code).unwrap();
    }
    kit.clock.advance(-DECADE);
    kit.clock.advance(60);
    assert!(kit.sign_in(&phone).is_ok(), "nobody is locked out for a decade");
    kit.clock.advance(60);
    assert!(kit.sign_in(&phone).is_ok());
}

#[test]
fn browsers_of_the_future_are_unknown_and_make_room() {
    let (kit, phone, _) = Kit::enrolled();
    kit.clock.advance(DECADE);
    let mut last = String::new();
    for _ in 0..10 {
        kit.clock.advance(30);
        last = kit.verify_trusting(&kit.challenge(), &phone.code()).unwrap().device.unwrap();
    }
    kit.clock.advance(-DECADE);
    assert!(kit.after_password(Some(&last)).challenge.is_some(), "trust given in the future trusts nobody");
    assert!(kit.status_at(Some(&last)).devices.is_empty());
    kit.clock.advance(90);
    let home = kit.sign_in_with_three(&phone).unwrap().device.unwrap();
    kit.clock.advance(30);
    let work = kit.sign_in(&phone).unwrap().device.unwrap();
    let current = |device: &str| kit.status_at(Some(device)).devices.iter().any(|device| device.current);
    assert!(current(&home) && current(&work), "today's browsers do not push each other out");
}

#[test]
fn times_that_grant_grant_nothing_from_more_than_a_minute_ahead() {
    let (kit, phone, _) = Kit::enrolled();
    let verification = kit.verify_trusting(&kit.challenge(), &phone.code()).unwrap();
    let device = verification.device.as_deref();
    let options = || FirstFactorOptions { device, ..Default::default() };
    kit.clock.advance(-60);
    assert!(kit.proves(&verification.assurance));
    assert_eq!(kit.two_factor.after_first_factor(USER, options()).unwrap().status.as_str(), "trusted");
    kit.clock.advance(-1);
    assert!(!kit.proves(&verification.assurance));
    assert_eq!(kit.two_factor.after_first_factor(USER, options()).unwrap().status.as_str(), "challenge");
}

#[test]
fn a_clock_before_1970_or_after_9999_refuses_everything_and_writes_nothing() {
    let (kit, phone, _) = Kit::enrolled();
    let (challenge, code, row) = (kit.challenge(), phone.code(), kit.row());
    for broken in [-1, i64::MIN, 253_402_300_800, i64::MAX] {
        kit.clock.set(broken);
        assert_eq!(refusal(kit.verify(&challenge, &code)), Code::ConfigurationError);
        let status = kit.two_factor.after_first_factor(USER, FirstFactorOptions::default());
        assert_eq!(refusal(status), Code::ConfigurationError);
        assert_eq!(kit.row(), row);
    }
    for broken in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.5, 9.3e18] {
        assert_eq!(refusal(Timestamp::from_secs_f64(broken)), Code::ConfigurationError, "{broken}");
    }
}

#[test]
fn the_first_seconds_of_1970_and_the_last_of_9999_work() {
    for now in [0, 29, 253_402_300_740] {
        let kit = Kit::new();
        kit.clock.set(now);
        kit.import(SECRET).unwrap();
        let phone = kit.phone_of(SECRET);
        kit.fail(&phone);
        kit.verify(&kit.challenge(), &phone.code()).unwrap();
        assert!(kit.status().enabled);
    }
    assert_eq!(DAY, 86_400);
}
