//! Browsers: known, trusted, revoked (DESIGN §3 "device", §5 numbers).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

mod common;

use common::{DAY, Kit, START, USER, refusal};
use twinlock::testing::FakePhone;
use twinlock::{Code, FirstFactorOptions, VerifyOptions};

fn trusted(kit: &Kit, phone: &FakePhone) -> String {
    kit.verify_trusting(&kit.challenge(), &phone.code()).unwrap().device.unwrap()
}

fn is_current(kit: &Kit, device: &str) -> bool {
    kit.status_at(Some(device)).devices.iter().any(|device| device.current)
}

#[test]
fn trust_is_off_until_the_user_asks() {
    let (kit, phone, _) = Kit::enrolled();
    let device = kit.sign_in(&phone).unwrap().device.unwrap();
    assert_eq!(kit.after_password(Some(&device)).status.as_str(), "challenge");
    kit.clock.advance(30);
    let again = kit.verify_trusting(&kit.challenge_at(Some(&device)), &phone.code()).unwrap();
    assert_eq!(kit.after_password(Some(&device)).status.as_str(), "trusted");
    assert!(is_current(&kit, &again.device.unwrap()));
    assert_eq!(kit.status().devices.len(), 2, "the browser keeps its entry");
}

#[test]
fn a_trusted_browser_gets_a_proof_dated_when_it_last_proved_itself() {
    let (kit, phone, _) = Kit::enrolled();
    let device = trusted(&kit, &phone);
    kit.clock.advance(DAY);
    let (step, writes) = kit.writes(|| kit.after_password(Some(&device)));
    let proof = step.assurance.unwrap();
    assert_eq!((writes, step.challenge), (0, None));
    assert_eq!(kit.two_factor.check_assurance(USER, &proof, None).unwrap(), START + 60);
    assert_eq!(refusal(kit.two_factor.check_assurance(USER, &proof, Some(300))), Code::AssuranceRequired);
    assert_eq!(refusal(kit.two_factor.disable(USER, &proof, None)), Code::AssuranceRequired);
}

#[test]
fn step_up_asks_even_a_trusted_browser() {
    let (kit, phone, _) = Kit::enrolled();
    let device = trusted(&kit, &phone);
    let options = FirstFactorOptions { device: Some(&device), fresh: true, ..Default::default() };
    let step = kit.two_factor.after_first_factor(USER, options).unwrap();
    assert_eq!((step.status.as_str(), step.assurance), ("challenge", None));
}

#[test]
fn trust_lasts_30_days_and_being_known_90_from_the_last_proof() {
    let (kit, phone, _) = Kit::enrolled();
    let device = trusted(&kit, &phone);
    kit.clock.advance(30 * DAY - 1);
    assert_eq!(kit.after_password(Some(&device)).status.as_str(), "trusted");
    kit.clock.advance(1);
    assert_eq!(kit.after_password(Some(&device)).status.as_str(), "challenge");
    kit.sign_in_at(&device, &phone).unwrap();
    assert_eq!(kit.after_password(Some(&device)).status.as_str(), "challenge", "trust is not renewed unasked");
    kit.clock.advance(90 * DAY - 1);
    assert!(is_current(&kit, &device));
    kit.clock.advance(1);
    assert!(!is_current(&kit, &device));
}

#[test]
fn foreign_revoked_and_garbage_tokens_count_as_no_device() {
    let (kit, phone, enrolled) = Kit::enrolled();
    let (bobs_phone, _) = kit.enroll("43");
    let options = VerifyOptions { trust_device: true, ..Default::default() };
    let challenge = kit.two_factor.after_first_factor("43", FirstFactorOptions::default()).unwrap().challenge.unwrap();
    let bobs = kit.two_factor.verify(&challenge, &bobs_phone.code(), options).unwrap().device.unwrap();
    let revoked = trusted(&kit, &phone);
    let id = kit.status_at(Some(&revoked)).devices.iter().find(|device| device.current).unwrap().id.clone();
    kit.two_factor.revoke_device(USER, &id, None).unwrap();
    for token in ["", "garbage", &bobs, &revoked, &enrolled.assurance, &"A".repeat(513)] {
        let step = kit.after_password(Some(token));
        assert_eq!(step.status.as_str(), "challenge");
        assert!(!is_current(&kit, token));
    }
}

#[test]
fn ten_browsers_are_kept_and_the_least_recently_used_known_one_goes_first() {
    let (kit, phone, enrolled) = Kit::enrolled();
    let keep = enrolled.device.unwrap();
    let mut others = Vec::new();
    for _ in 0..9 {
        others.push(kit.sign_in(&phone).unwrap().device.unwrap());
        kit.clock.advance(30);
    }
    kit.sign_in_at(&keep, &phone).unwrap();
    kit.clock.advance(30);
    kit.sign_in(&phone).unwrap();
    assert_eq!(kit.status().devices.len(), 10);
    assert!(is_current(&kit, &keep), "used lately");
    assert!(!is_current(&kit, &others[0]) && is_current(&kit, &others[1]));
}

#[test]
fn a_trusted_browser_never_goes_for_a_known_one() {
    let kit = Kit::with(|settings| settings.max_devices = 2);
    let (phone, _) = kit.enroll(USER);
    let first = trusted(&kit, &phone);
    kit.clock.advance(30);
    let second = trusted(&kit, &phone);
    kit.clock.advance(30);
    let verification = kit.sign_in(&phone).unwrap();
    assert_eq!(verification.device, None, "there is no room for a known one");
    assert!(is_current(&kit, &first) && is_current(&kit, &second));
    kit.clock.advance(30);
    let third = trusted(&kit, &phone);
    assert!(!is_current(&kit, &first) && is_current(&kit, &second) && is_current(&kit, &third));
}

#[test]
fn a_policy_may_keep_no_browsers_and_trust_none() {
    let kit = Kit::with(|settings| settings.max_devices = 0);
    let (phone, enrolled) = kit.enroll(USER);
    assert_eq!((enrolled.device, kit.sign_in(&phone).unwrap().device), (None, None));
    let kit = Kit::with(|settings| settings.device_trusted_days = 0);
    let (phone, _) = kit.enroll(USER);
    let device = trusted(&kit, &phone);
    assert_eq!(kit.after_password(Some(&device)).status.as_str(), "challenge");
}

#[test]
fn the_label_is_the_first_64_bytes_of_the_context() {
    let (kit, phone, _) = Kit::enrolled();
    let context = format!("{}é, and more", "x".repeat(63));
    let options = VerifyOptions { context: Some(&context), ..Default::default() };
    let device = kit.two_factor.verify(&kit.challenge(), &phone.code(), options).unwrap().device;
    let devices = kit.status_at(device.as_deref()).devices;
    assert_eq!(devices.iter().find(|device| device.current).unwrap().label, "x".repeat(63));
    assert_eq!(devices.last().unwrap().last_used_at, START + 60);
}

#[test]
fn revoking_needs_no_proof_and_revoking_none_writes_nothing() {
    let (kit, phone, _) = Kit::enrolled();
    let device = trusted(&kit, &phone);
    let (_, writes) = kit.writes(|| kit.two_factor.revoke_all_devices(USER, None).unwrap());
    assert_eq!(writes, 1);
    assert!(!is_current(&kit, &device));
    let (_, writes) = kit.writes(|| kit.two_factor.revoke_all_devices(USER, None).unwrap());
    assert_eq!(writes, 0);
}
