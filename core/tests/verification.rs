//! The order of checks of a sign-in (DESIGN §3, "Verification, in this order"), rule by rule.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

mod common;

use common::{Kit, OTHER_SECRET, SECRET, START, USER, refusal, three, wrong};
use twinlock::{Code, FirstFactorOptions, Method, VerifyOptions};

// 1. Parse, before anything is loaded.

#[test]
fn what_cannot_be_a_code_is_refused_before_anything_is_loaded() {
    let (kit, phone, _) = Kit::enrolled();
    let challenge = kit.challenge();
    let megabyte = "1".repeat(1 << 20);
    let cannot_be = [
        "",
        " ",
        "12345",
        "123456789",
        "１２３４５６",
        "١٢٣٤٥٦",
        "१२३४५६",
        "12345a",
        "+12345",
        "-1",
        "1e5",
        "0x1234",
        "123.456",
        "123\u{a0}456",
        "123\u{0}456",
        "None",
        "null",
        "[]",
        "true",
        "U000-0000-0000-0000",
        "0000-0000-0000-000",
        &megabyte,
    ];
    for typed in cannot_be {
        let loads = kit.storage.loads();
        assert_eq!(refusal(kit.verify(&challenge, typed)), Code::MalformedCode, "{:.40}", typed);
        assert_eq!(kit.storage.loads(), loads, "{:.40}", typed);
    }
    assert_eq!(kit.told(), (vec![], vec![]));
    assert!(kit.verify(&challenge, &phone.code()).is_ok());
}

#[test]
fn separators_are_stripped_once_and_the_same_code_is_compared_and_burned() {
    let (kit, phone, enrolled) = Kit::enrolled();
    let code = phone.code();
    let spaced = format!(" {} - {}\r\n", &code[..3], &code[3..]);
    assert!(kit.verify(&kit.challenge(), &spaced).is_ok());
    assert_eq!(refusal(kit.verify(&kit.challenge(), &code)), Code::InvalidCode, "another spelling of a used code");
    let backup = enrolled.backup_codes[0].to_lowercase().replace('-', "").replace('0', "O").replace('1', "l");
    assert!(kit.verify(&kit.challenge(), &backup).is_ok());
    assert_eq!(refusal(kit.verify(&kit.challenge(), &enrolled.backup_codes[0])), Code::InvalidCode);
}

#[test]
fn next_codes_are_none_or_two() {
    let (kit, phone, enrolled) = Kit::enrolled();
    let challenge = kit.challenge();
    let (code, backup) = (phone.code(), &enrolled.backup_codes[0]);
    for next_codes in [&[&**code][..], &[&**code, &**code, &**code], &[&**code, "12345678"], &[&**code, backup]] {
        let options = VerifyOptions { next_codes, ..Default::default() };
        assert_eq!(refusal(kit.two_factor.verify(&challenge, &code, options)), Code::MalformedCode);
    }
}

#[test]
fn a_length_that_no_authenticator_has_is_malformed_and_free() {
    let (kit, _, _) = Kit::enrolled();
    let (refused, writes) = kit.writes(|| kit.verify(&kit.challenge(), "12345678"));
    assert_eq!((refusal(refused), writes), (Code::MalformedCode, 0));
    let refused = kit.verify_three(&kit.challenge(), ["1234567", "1234567", "1234567"]);
    assert_eq!(refusal(refused), Code::MalformedCode);
}

// 2. The challenge.

#[test]
fn a_challenge_is_used_once_and_lasts_five_minutes() {
    let (kit, phone, enrolled) = Kit::enrolled();
    let (used, late) = (kit.challenge(), kit.challenge());
    kit.verify(&used, &phone.code()).unwrap();
    let (refused, writes) = kit.writes(|| kit.verify(&used, &enrolled.backup_codes[0]));
    assert_eq!((refusal(refused), writes), (Code::ChallengeExpired, 0));
    kit.clock.advance(299);
    let last = kit.two_factor.after_first_factor(USER, FirstFactorOptions::default()).unwrap();
    assert_eq!((last.expires_in, last.expires_at), (Some(300), Some(kit.clock.seconds() + 300)));
    kit.clock.advance(1);
    assert_eq!(refusal(kit.verify(&late, &phone.code())), Code::ChallengeExpired);
    kit.clock.advance(298);
    assert!(kit.verify(&last.challenge.unwrap(), &phone.code()).is_ok());
}

#[test]
fn a_challenge_of_another_user_namespace_or_purpose_is_none() {
    let (kit, phone, enrolled) = Kit::enrolled();
    let challenge = kit.challenge();
    let options = VerifyOptions { user_id: Some("43"), ..Default::default() };
    assert_eq!(refusal(kit.two_factor.verify(&challenge, &phone.code(), options)), Code::ChallengeExpired);
    let device = enrolled.device.unwrap();
    for token in ["", "garbage", "AAAA", &enrolled.assurance, &device, &challenge[1..], &format!("{challenge}A")] {
        assert_eq!(refusal(kit.verify(token, &phone.code())), Code::ChallengeExpired);
    }
    let staging = twinlock::Engine::new("Acme", &common::keys("k1"), Default::default(), "staging").unwrap();
    assert_eq!(refusal(kit.redeployed(staging).verify(&challenge, &phone.code())), Code::ChallengeExpired);
    let expected = VerifyOptions { user_id: Some(USER), ..Default::default() };
    let verification = kit.two_factor.verify(&challenge, &phone.code(), expected).unwrap();
    assert_eq!(verification.user_id, USER);
}

#[test]
fn a_challenge_from_more_than_a_minute_ahead_grants_nothing() {
    let (kit, phone, _) = Kit::enrolled();
    let challenge = kit.challenge();
    kit.clock.advance(-61);
    assert_eq!(refusal(kit.verify(&challenge, &phone.code())), Code::ChallengeExpired);
    kit.clock.advance(1);
    assert!(kit.verify(&challenge, &phone.code_after(2)).is_err(), "that code lies outside the window");
    assert!(kit.verify(&challenge, &phone.code_after(1)).is_ok(), "but the challenge holds");
}

#[test]
fn five_counted_failures_end_a_challenge() {
    let (kit, phone, _) = Kit::enrolled();
    let challenge = kit.challenge();
    for _ in 0..5 {
        kit.clock.advance(kit.status().throttle.retry_after.unwrap_or(0).cast_signed());
        assert_eq!(refusal(kit.verify(&challenge, &wrong(&[&phone]))), Code::InvalidCode);
    }
    let (refused, writes) = kit.writes(|| kit.verify(&challenge, &phone.code()));
    assert_eq!((refusal(refused), writes), (Code::ChallengeExpired, 0));
}

#[test]
fn what_is_not_counted_does_not_end_a_challenge() {
    let (kit, phone, _) = Kit::enrolled();
    let challenge = kit.challenge();
    for _ in 0..50 {
        assert_eq!(refusal(kit.verify(&challenge, "0000-0000-0000-0000")), Code::InvalidCode);
        assert_eq!(refusal(kit.verify_three(&challenge, ["000000"; 3])), Code::InvalidCode);
        assert_eq!(refusal(kit.verify(&challenge, "12345")), Code::MalformedCode);
    }
    assert!(kit.verify(&challenge, &phone.code()).is_ok());
}

// 3. The throttle, before evaluating.

#[test]
fn while_the_throttle_refuses_right_and_wrong_get_one_answer_and_nothing_is_burned() {
    let (kit, phone, _) = Kit::enrolled();
    for _ in 0..4 {
        kit.fail(&phone);
    }
    let challenge = kit.challenge();
    for code in [phone.code().to_string(), wrong(&[&phone])] {
        let (refused, writes) = kit.writes(|| kit.verify(&challenge, &code));
        assert_eq!((common::wait_of(refused), writes), (15, 0));
    }
    kit.clock.advance(15);
    assert!(kit.verify(&challenge, &phone.code_after(0)).is_ok());
}

// 4 and 5. Compare; accept only above the last step, burn the highest that matches.

#[test]
fn every_step_of_the_window_is_taken_and_none_outside() {
    for (window, taken) in [(0_u8, 0_i64..=0), (1, -1..=1), (2, -2..=2)] {
        for step in -4..=4 {
            let kit = Kit::with(|settings| settings.window = window);
            kit.import(SECRET).unwrap();
            let outcome = kit.verify(&kit.challenge(), &kit.phone_of(SECRET).code_after(step));
            assert_eq!(outcome.is_ok(), taken.contains(&step), "window {window}, step {step}");
        }
    }
}

#[test]
fn an_accepted_step_burns_itself_and_all_before_it() {
    let (kit, phone, _) = Kit::enrolled();
    kit.verify(&kit.challenge(), &phone.code()).unwrap();
    for step in [-1, 0] {
        let (refused, writes) = kit.writes(|| kit.verify(&kit.challenge(), &phone.code_after(step)));
        assert_eq!((refusal(refused), writes), (Code::InvalidCode, 0), "{step}");
    }
    assert!(kit.verify(&kit.challenge(), &phone.code_after(1)).is_ok());
}

#[test]
fn when_two_steps_share_a_code_the_higher_is_burned() {
    // A secret and a time, found by search, at which a step and the next one have the same code.
    let kit = Kit::new();
    kit.import(SECRET).unwrap();
    let phone = kit.phone_of(SECRET);
    let step = (56_000_000_u64..).find(|step| {
        kit.clock.set((step * 30).cast_signed());
        phone.code() == phone.code_after(1)
    });
    kit.clock.set((step.unwrap() * 30).cast_signed());
    let code = phone.code();
    kit.verify(&kit.challenge(), &code).unwrap();
    kit.clock.advance(30);
    assert_eq!(phone.code(), code);
    assert_eq!(refusal(kit.sign_in(&phone)), Code::InvalidCode, "the same code one step later");
    kit.clock.advance(30);
    assert_eq!(
        refusal(kit.verify(&kit.challenge(), &code)),
        Code::InvalidCode,
        "and when the first has left the window"
    );
}

#[test]
fn a_code_that_two_authenticators_share_is_burned_on_both() {
    let kit = Kit::new();
    let (one, two) = (kit.import(SECRET).unwrap(), kit.import(OTHER_SECRET).unwrap());
    let (first, second) = (kit.phone_of(SECRET), kit.phone_of(OTHER_SECRET));
    let step = (56_000_000_u64..).find(|step| {
        kit.clock.set((step * 30).cast_signed());
        first.code() == second.code_after(1)
    });
    kit.clock.set((step.unwrap() * 30).cast_signed());
    let code = first.code();
    let used = kit.sign_in(&first).unwrap().authenticator_id.unwrap();
    assert!(used == one || used == two);
    assert_eq!(refusal(kit.sign_in(&first)), Code::InvalidCode);
    // The step of the first has left the window, that of the second has not.
    kit.clock.advance(60);
    assert_eq!(refusal(kit.verify(&kit.challenge(), &code)), Code::InvalidCode);
}

#[test]
fn when_nothing_could_be_right_the_refusal_is_free() {
    let (kit, phone, _) = Kit::enrolled();
    kit.verify(&kit.challenge(), &phone.code_after(1)).unwrap();
    let challenge = kit.challenge();
    for _ in 0..50 {
        let (refused, writes) = kit.writes(|| kit.verify(&challenge, &wrong(&[&phone])));
        assert_eq!((refusal(refused), writes), (Code::InvalidCode, 0));
    }
    kit.clock.advance(60);
    assert!(kit.sign_in(&phone).is_ok());
}

// 6. Backup codes.

#[test]
fn a_backup_code_makes_a_browser_known_never_trusted() {
    let (kit, _, enrolled) = Kit::enrolled();
    let verification = kit.verify_trusting(&kit.challenge(), &enrolled.backup_codes[0]).unwrap();
    assert_eq!((verification.method, verification.authenticator_id), (Method::BackupCode, None));
    let devices = kit.status_at(verification.device.as_deref()).devices;
    let current = devices.iter().find(|device| device.current).unwrap();
    assert!(!current.trusted);
    assert_eq!(kit.told().0, ["verified", "device_known"]);
}

// 7. What is counted and what is forgiven.

#[test]
fn a_counted_failure_is_one_write_with_its_event() {
    let (kit, phone, _) = Kit::enrolled();
    let (refused, writes) = kit.writes(|| kit.verify(&kit.challenge(), &wrong(&[&phone])));
    assert_eq!((refusal(refused), writes), (Code::InvalidCode, 1));
    let (event, durable) = kit.events().pop().unwrap();
    assert!(durable && !event.success);
    assert_eq!((event.kind.as_ref(), event.detail["reason"].as_str()), ("failed", Some("wrong")));
}

#[test]
fn wrong_replayed_and_unknown_have_one_public_answer_and_the_event_says_which() {
    let (kit, phone, enrolled) = Kit::enrolled();
    let code = phone.code();
    kit.verify(&kit.challenge(), &code).unwrap();
    kit.verify(&kit.challenge(), &enrolled.backup_codes[0]).unwrap();
    kit.events();
    let challenge = kit.challenge();
    let tries = [
        (wrong(&[&phone]), "wrong"),
        (code.to_string(), "used"),
        (enrolled.backup_codes[0].to_string(), "used"),
        ("0000-0000-0000-0000".to_owned(), "wrong"),
    ];
    for (code, reason) in tries {
        assert_eq!(refusal(kit.verify(&challenge, &code)), Code::InvalidCode);
        assert_eq!(kit.events()[0].0.detail["reason"].as_str(), Some(reason));
    }
}

#[test]
fn a_success_forgives_its_own_challenge_only() {
    let (kit, phone, _) = Kit::enrolled();
    let (attacker, owner) = (kit.challenge(), kit.challenge());
    for challenge in [&attacker, &attacker, &owner] {
        assert_eq!(refusal(kit.verify(challenge, &wrong(&[&phone]))), Code::InvalidCode);
    }
    kit.verify(&owner, &phone.code()).unwrap();
    kit.clock.advance(60);
    // Two are left: the third costs nothing, the fourth starts the back-off.
    kit.fail(&phone);
    assert_eq!(kit.status().throttle.retry_after, None);
    kit.fail(&phone);
    assert_eq!(kit.status().throttle.retry_after, Some(15));
}

// 8. A code outside the window is as wrong as any.

#[test]
fn a_code_just_outside_the_window_changes_nothing_about_the_answer() {
    let outcome = |step: Option<i64>| {
        let (kit, phone, _) = Kit::enrolled();
        let code = step.map_or_else(|| wrong(&[&phone]), |step| phone.code_after(step).to_string());
        let (refused, writes) = kit.writes(|| kit.verify(&kit.challenge(), &code));
        let events: Vec<_> =
            kit.events().iter().map(|(event, durable)| (event.kind.clone(), event.detail.clone(), *durable)).collect();
        let status = kit.status().throttle;
        (refusal(refused), writes, events, status)
    };
    for step in [-2, 2, 5, 20] {
        assert_eq!(outcome(Some(step)), outcome(None), "step {step}");
    }
}

// What a success gives.

#[test]
fn a_success_says_who_how_and_what_is_left() {
    let (kit, phone, enrolled) = Kit::enrolled();
    let options = FirstFactorOptions { carry: Some("next=/inbox"), ..Default::default() };
    let challenge = kit.two_factor.after_first_factor(USER, options).unwrap().challenge.unwrap();
    let verification = kit.verify(&challenge, &phone.code()).unwrap();
    assert_eq!((verification.user_id.as_str(), verification.method), (USER, Method::Totp));
    assert_eq!(verification.authenticator_id, Some(enrolled.authenticator_id));
    assert_eq!((verification.backup_codes_left, verification.verified_at), (10, START + 60));
    assert_eq!(verification.carry.as_deref(), Some("next=/inbox"));
    assert!(kit.proves(&verification.assurance) && verification.device.is_some());
}

#[test]
fn three_codes_must_be_of_one_authenticator_in_order_and_consecutive() {
    let kit = Kit::new();
    kit.import(SECRET).unwrap();
    kit.import(OTHER_SECRET).unwrap();
    let (one, two) = (kit.phone_of(SECRET), kit.phone_of(OTHER_SECRET));
    let (a, b) = (three(&one, 0), three(&two, 0));
    let challenge = kit.challenge();
    let bad = [
        [&a[0], &a[1], &b[2]],
        [&a[2], &a[1], &a[0]],
        [&a[0], &a[2], &a[1]],
        [&a[0], &a[0], &a[0]],
        [&a[1], &a[2], &a[2]],
    ];
    for codes in bad {
        let (refused, writes) = kit.writes(|| kit.verify_three(&challenge, codes));
        assert_eq!((refusal(refused), writes), (Code::InvalidCode, 0));
    }
    assert!(kit.verify_three(&challenge, a).is_ok());
    assert!(kit.verify_three(&kit.challenge(), b).is_ok());
}
