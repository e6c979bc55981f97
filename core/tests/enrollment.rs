//! Getting a second factor: begin, confirm, import (DESIGN §3, the first three operations).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

mod common;

use common::{DAY, Kit, OTHER_SECRET, SECRET, START, USER, by, refusal, three, wrong};
use twinlock::otp::{Algorithm, Parameters};
use twinlock::testing::FakePhone;
use twinlock::{BeginOptions, Code, ConfirmOptions, Enrolled, Enrollment, ImportOptions, Imported, Result};

fn begin(kit: &Kit) -> (Enrollment, FakePhone) {
    let enrollment = kit.two_factor.begin_enrollment(USER, "ada@example.com", BeginOptions::default()).unwrap();
    let phone = FakePhone::scan(&enrollment.uri, &kit.clock).unwrap();
    (enrollment, phone)
}

fn confirm(kit: &Kit, setup: &str, code: &str) -> Result<Enrolled> {
    kit.two_factor.confirm_enrollment(USER, setup, code, ConfirmOptions::default())
}

fn confirm_three(kit: &Kit, setup: &str, codes: &[String; 3]) -> Result<Enrolled> {
    let next_codes = &[codes[1].as_str(), codes[2].as_str()];
    kit.two_factor.confirm_enrollment(USER, setup, &codes[0], ConfirmOptions { next_codes, ..Default::default() })
}

#[test]
fn beginning_writes_nothing_and_gives_a_new_secret_each_time() {
    let kit = Kit::new();
    let ((first, second), writes) = kit.writes(|| (begin(&kit).0, begin(&kit).0));
    assert_eq!(writes, 0);
    assert_ne!(*first.secret, *second.secret);
    assert_eq!(first.expires_at, START + 600);
    assert_eq!(first.secret.len(), 32, "160 bits");
}

#[test]
fn the_uri_says_what_the_app_must_know() {
    let kit = Kit::with(|settings| {
        settings.algorithm = "SHA256".into();
        settings.digits = 8;
        settings.period = 60;
    });
    let options = BeginOptions { issuer: Some("Acme EU"), ..Default::default() };
    let enrollment = kit.two_factor.begin_enrollment(USER, "ada@example.com", options).unwrap();
    assert!(enrollment.uri.starts_with("otpauth://totp/Acme%20EU:ada%40example.com?"), "{}", *enrollment.uri);
    for part in
        ["algorithm=SHA256", "digits=8", "period=60", "issuer=Acme%20EU", &format!("secret={}", *enrollment.secret)]
    {
        assert!(enrollment.uri.contains(part), "{part}");
    }
    let phone = FakePhone::scan(&enrollment.uri, &kit.clock).unwrap();
    assert!(confirm(&kit, &enrollment.setup, &phone.code()).is_ok());
}

#[test]
fn the_same_secret_comes_only_for_its_own_unexpired_setup() {
    let kit = Kit::new();
    let (first, _) = begin(&kit);
    let resume = |user: &str| {
        let options = BeginOptions { setup: Some(&first.setup), ..Default::default() };
        kit.two_factor.begin_enrollment(user, "ada", options).unwrap()
    };
    kit.clock.advance(599);
    let again = resume(USER);
    assert_eq!((&*again.secret, again.expires_at, &again.setup), (&*first.secret, first.expires_at, &first.setup));
    assert_ne!(*resume("43").secret, *first.secret, "another user's");
    kit.clock.advance(1);
    assert_ne!(*resume(USER).secret, *first.secret, "expired");
}

#[test]
fn a_setup_of_an_enrolled_secret_is_not_shown_again() {
    let (kit, _, enrolled) = Kit::enrolled();
    let begin = |setup| BeginOptions { assurance: Some(&enrolled.assurance), setup, ..Default::default() };
    let first = kit.two_factor.begin_enrollment(USER, "ada", begin(None)).unwrap();
    let phone = FakePhone::scan(&first.uri, &kit.clock).unwrap();
    confirm(&kit, &first.setup, &phone.code()).unwrap();
    let again = kit.two_factor.begin_enrollment(USER, "ada", begin(Some(&first.setup))).unwrap();
    assert_ne!(*again.secret, *first.secret, "an active secret never leaves again");
}

#[test]
fn an_active_user_proves_first_and_gets_at_most_three() {
    let (kit, _, enrolled) = Kit::enrolled();
    let begin = |assurance| {
        let options = BeginOptions { assurance, ..Default::default() };
        kit.two_factor.begin_enrollment(USER, "ada", options).map(drop)
    };
    assert_eq!(refusal(begin(None)), Code::AssuranceRequired);
    assert_eq!(refusal(begin(Some("garbage"))), Code::AssuranceRequired);
    kit.add(&enrolled.assurance);
    kit.add(&enrolled.assurance);
    assert_eq!(refusal(begin(Some(&enrolled.assurance))), Code::TooManyAuthenticators);
    assert_eq!(refusal(begin(None)), Code::AssuranceRequired, "a stranger does not even learn the number");
    assert_eq!(refusal(kit.import(SECRET)), Code::TooManyAuthenticators);
}

#[test]
fn a_setup_begun_beside_others_cannot_go_over_the_number() {
    let (kit, _, enrolled) = Kit::enrolled();
    let options = BeginOptions { assurance: Some(&enrolled.assurance), ..Default::default() };
    let fourth = kit.two_factor.begin_enrollment(USER, "ada", options).unwrap();
    let phone = FakePhone::scan(&fourth.uri, &kit.clock).unwrap();
    kit.add(&enrolled.assurance);
    kit.add(&enrolled.assurance);
    assert_eq!(refusal(confirm(&kit, &fourth.setup, &phone.code())), Code::TooManyAuthenticators);
}

#[test]
fn confirming_switches_on_and_gives_ten_codes_a_proof_and_a_known_browser() {
    let kit = Kit::new();
    let (enrollment, phone) = begin(&kit);
    let options = ConfirmOptions { name: Some("Ada's phone"), context: Some("192.0.2.1"), ..Default::default() };
    let (enrolled, writes) =
        kit.writes(|| kit.two_factor.confirm_enrollment(USER, &enrollment.setup, &phone.code(), options).unwrap());
    assert_eq!((writes, enrolled.backup_codes.len(), enrolled.verified_at), (1, 10, START));
    assert!(kit.proves(&enrolled.assurance));
    let status = kit.status_at(enrolled.device.as_deref());
    assert_eq!((status.enabled, status.authenticators[0].name.as_str()), (true, "Ada's phone"));
    assert_eq!((status.devices[0].label.as_str(), status.devices[0].current), ("192.0.2.1", true));
    assert!(!status.devices[0].trusted);
    assert_eq!(kit.told().0, ["enrolled", "backup_codes_made", "device_known"]);
}

#[test]
fn the_step_that_confirmed_is_burned() {
    let kit = Kit::new();
    let (enrollment, phone) = begin(&kit);
    confirm(&kit, &enrollment.setup, &phone.code()).unwrap();
    assert_eq!(refusal(kit.sign_in(&phone)), Code::InvalidCode);
    kit.clock.advance(30);
    assert!(kit.sign_in(&phone).is_ok());
}

#[test]
fn a_wrong_code_confirms_nothing_and_writes_nothing_however_often() {
    let kit = Kit::new();
    let (enrollment, phone) = begin(&kit);
    for _ in 0..20 {
        let (refused, writes) = kit.writes(|| confirm(&kit, &enrollment.setup, &wrong(&[&phone])));
        assert_eq!((refusal(refused), writes), (Code::InvalidCode, 0));
    }
    assert_eq!(refusal(confirm(&kit, &enrollment.setup, "12345678")), Code::MalformedCode);
    assert_eq!(refusal(confirm(&kit, &enrollment.setup, "0000-0000-0000-0000")), Code::MalformedCode);
    assert!(confirm(&kit, &enrollment.setup, &phone.code()).is_ok());
}

#[test]
fn a_phone_with_a_wrong_clock_is_told_so_and_three_codes_teach_the_drift() {
    // 41 steps hold 39 triples: the newest code lies at most 18 behind or 20 ahead.
    for offset in [-18_i64, -2, 2, 20] {
        let kit = Kit::new();
        let (enrollment, phone) = begin(&kit);
        let single = confirm(&kit, &enrollment.setup, &phone.code_after(offset));
        assert_eq!(refusal(single), Code::MoreCodesRequired, "{offset}");
        confirm_three(&kit, &enrollment.setup, &three(&phone, offset)).unwrap();
        kit.clock.advance(30);
        assert!(kit.verify(&kit.challenge(), &phone.code_after(offset)).is_ok(), "{offset}");
    }
    let kit = Kit::new();
    let (enrollment, phone) = begin(&kit);
    assert_eq!(refusal(confirm(&kit, &enrollment.setup, &phone.code_after(21))), Code::InvalidCode);
    assert_eq!(refusal(confirm_three(&kit, &enrollment.setup, &three(&phone, 21))), Code::InvalidCode);
}

#[test]
fn a_setup_ends_after_ten_minutes_with_a_change_and_for_anybody_else() {
    let kit = Kit::new();
    let (late, phone) = begin(&kit);
    let foreign = kit.two_factor.confirm_enrollment("43", &late.setup, &phone.code(), ConfirmOptions::default());
    assert_eq!(refusal(foreign), Code::SetupExpired);
    assert_eq!(refusal(confirm(&kit, "garbage", &phone.code())), Code::SetupExpired);
    kit.clock.advance(600);
    assert_eq!(refusal(confirm(&kit, &late.setup, &phone.code())), Code::SetupExpired);

    let (kit, phone, enrolled) = Kit::enrolled();
    let options = BeginOptions { assurance: Some(&enrolled.assurance), ..Default::default() };
    let pending = kit.two_factor.begin_enrollment(USER, "ada", options).unwrap();
    let second = FakePhone::scan(&pending.uri, &kit.clock).unwrap();
    kit.two_factor.password_changed(USER, None).unwrap();
    assert_eq!(refusal(confirm(&kit, &pending.setup, &second.code())), Code::SetupExpired, "the epoch is another");
    let proof = kit.sign_in(&phone).unwrap().assurance;
    kit.two_factor.disable(USER, &proof, None).unwrap();
    assert_eq!(refusal(confirm(&kit, &pending.setup, &second.code())), Code::SetupExpired);
}

#[test]
fn a_setup_from_before_the_first_factor_cannot_add_to_it() {
    let kit = Kit::new();
    let ((first, one), (second, two)) = (begin(&kit), begin(&kit));
    confirm(&kit, &first.setup, &one.code()).unwrap();
    assert_eq!(refusal(confirm(&kit, &second.setup, &two.code())), Code::AssuranceRequired);
    assert_eq!(refusal(confirm(&kit, &first.setup, &one.code())), Code::AlreadyEnrolled, "a double click");
}

#[test]
fn a_setup_of_the_tombstone_confirms_but_not_one_from_before_it() {
    let (kit, phone, enrolled) = Kit::enrolled();
    drop(phone);
    let options = BeginOptions { assurance: Some(&enrolled.assurance), ..Default::default() };
    let before = kit.two_factor.begin_enrollment(USER, "ada", options).unwrap();
    kit.two_factor.disable(USER, &enrolled.assurance, None).unwrap();
    let old = FakePhone::scan(&before.uri, &kit.clock).unwrap();
    assert_eq!(refusal(confirm(&kit, &before.setup, &old.code())), Code::SetupExpired);
    let (after, new) = begin(&kit);
    assert_eq!(confirm(&kit, &after.setup, &new.code()).unwrap().backup_codes.len(), 10);
}

#[test]
fn further_authenticators_bring_no_backup_codes_and_keep_the_old_ones() {
    let (kit, _, enrolled) = Kit::enrolled();
    let (_, second) = kit.add(&enrolled.assurance);
    assert!(second.backup_codes.is_empty());
    assert_eq!(kit.told().0, ["authenticator_added", "device_known"]);
    assert_eq!(kit.verify(&kit.challenge(), &enrolled.backup_codes[0]).unwrap().backup_codes_left, 9);
}

#[test]
fn imports_bring_no_backup_codes_and_are_found_again() {
    let kit = Kit::new();
    let id = kit.import(SECRET).unwrap();
    assert_eq!(kit.told().0, ["authenticator_imported", "enrolled"]);
    let (again, writes) = kit.writes(|| kit.import("gezd-gnbv-gy3t-qojq-gezd-gnbv-gy3t-qojq").unwrap());
    assert_eq!((again, writes), (id.clone(), 0));
    let status = kit.status();
    assert_eq!((status.backup_codes.left, status.backup_codes.total, status.authenticators.len()), (0, 0, 1));
    assert_eq!(status.authenticators[0].last_used_at, None);
    // Another number of digits is another authenticator.
    let eight = Imported::Secret(SECRET, Parameters::new(Algorithm::Sha1, 8, 30).unwrap());
    assert_ne!(kit.import_with(ImportOptions { imported: eight, ..by() }).unwrap(), id);
}

#[test]
fn the_last_code_of_the_old_system_is_not_taken_again() {
    let kit = Kit::new();
    let imported = Imported::Secret(SECRET, Parameters::default());
    kit.import_with(ImportOptions { imported, last_used_step: Some(START / 30), ..by() }).unwrap();
    let phone = kit.phone_of(SECRET);
    assert_eq!(refusal(kit.sign_in(&phone)), Code::InvalidCode);
    assert_eq!(refusal(kit.verify(&kit.challenge(), &phone.code_after(-1))), Code::InvalidCode);
    assert!(kit.verify(&kit.challenge(), &phone.code_after(1)).is_ok());
}

#[test]
fn an_imported_drift_moves_the_window() {
    let kit = Kit::new();
    let imported = Imported::Uri("otpauth://totp/ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    kit.import_with(ImportOptions { imported, drift: -9, ..by() }).unwrap();
    let phone = kit.phone_of(SECRET);
    assert_eq!(refusal(kit.sign_in(&phone)), Code::InvalidCode);
    assert!(kit.verify(&kit.challenge(), &phone.code_after(-9)).is_ok());
    let too_far = ImportOptions { imported, drift: 21, ..by() };
    assert_eq!(refusal(Kit::new().import_with(too_far)), Code::MalformedRequest);
}

#[test]
fn over_a_tombstone_the_whole_current_window_counts_as_used() {
    for drift in [-9_i8, 0, 9] {
        let (kit, _, enrolled) = Kit::enrolled();
        kit.two_factor.disable(USER, &enrolled.assurance, None).unwrap();
        let imported = Imported::Secret(SECRET, Parameters::default());
        kit.import_with(ImportOptions { imported, drift, ..by() }).unwrap();
        let phone = kit.phone_of(SECRET);
        let challenge = kit.challenge();
        for step in -1..=1 {
            let (refused, writes) = kit.writes(|| kit.verify(&challenge, &phone.code_after(i64::from(drift) + step)));
            assert_eq!((refusal(refused), writes), (Code::InvalidCode, 0), "drift {drift}, step {step}");
        }
        let next = kit.verify(&challenge, &phone.code_after(i64::from(drift) + 2));
        assert_eq!(refusal(next), Code::InvalidCode, "not in the window yet");
        kit.clock.advance(60);
        assert!(kit.verify(&kit.challenge(), &phone.code_after(drift.into())).is_ok(), "drift {drift}");
    }
}

#[test]
fn secrets_of_80_bits_move_in_and_are_shown_as_weak() {
    let kit = Kit::new();
    kit.import("JBSWY3DPEHPK3PXP").unwrap();
    kit.import(OTHER_SECRET).unwrap();
    let weak: Vec<bool> = kit.status().authenticators.iter().map(|each| each.weak).collect();
    assert_eq!(weak, [true, false]);
    for bad in ["JBSWY3DP", "0189", "", "JBSWY3DPEHPK3PXPJ"] {
        assert_eq!(refusal(kit.import(bad)), Code::InvalidSecret, "{bad}");
    }
    let uri = ImportOptions { imported: Imported::Uri("otpauth://hotp/ada?secret=JBSWY3DPEHPK3PXP"), ..by() };
    assert_eq!(refusal(kit.import_with(uri)), Code::InvalidSecret);
}

#[test]
fn a_secret_of_other_digits_period_and_hash_signs_in() {
    let kit = Kit::new();
    let uri = format!("otpauth://totp/ada?secret={SECRET}&digits=8&period=60&algorithm=SHA512");
    kit.import_with(ImportOptions { imported: Imported::Uri(&uri), ..by() }).unwrap();
    let phone = FakePhone::scan(&uri, &kit.clock).unwrap();
    assert!(kit.sign_in(&phone).is_ok());
    kit.clock.advance(DAY);
    assert_eq!(refusal(kit.verify(&kit.challenge(), "123456")), Code::MalformedCode);
}
