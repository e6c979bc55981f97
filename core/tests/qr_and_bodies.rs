//! The bodies of the HTTP contract (DESIGN §6), field by field, and the QR code within.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

mod common;

use common::{Kit, SECRET, USER};
use serde_json::{Value, json};
use twinlock::{BeginOptions, FirstFactorOptions, Presenting};

fn parsed(body: &str) -> Value {
    serde_json::from_str(body).unwrap()
}

fn fields(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_begun_enrollment_has_all_a_page_shows() {
    let kit = Kit::new();
    let begun = kit.two_factor.begin_enrollment(USER, "ada@example.com", BeginOptions::default()).unwrap();
    let body = parsed(&begun.body().unwrap());
    let mut names = fields(&body);
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "account_name",
            "digits",
            "expires_at",
            "issuer",
            "otpauth_uri",
            "period",
            "qr_png",
            "qr_svg",
            "secret",
            "setup"
        ]
    );
    assert_eq!(body["otpauth_uri"].as_str(), Some(begun.uri.as_str()));
    assert!(body["qr_svg"].as_str().unwrap().starts_with("<svg"));
    assert!(body["qr_png"].as_str().unwrap().starts_with("data:image/png;base64,"));
    assert_eq!((body["digits"].as_u64(), body["period"].as_u64()), (Some(6), Some(30)));
}

#[test]
fn the_longest_texts_still_fit_a_qr_code() {
    let kit = Kit::with(|settings| settings.secret_bytes = 64);
    let issuer = "é".repeat(32);
    let options = BeginOptions { issuer: Some(&issuer), ..Default::default() };
    let begun = kit.two_factor.begin_enrollment(USER, &"ü".repeat(64), options).unwrap();
    assert!(begun.qr_svg().is_ok() && begun.qr_png().is_ok() && begun.qr_text().is_ok());
    assert!(begun.body().unwrap().len() > 1000);
}

#[test]
fn what_confirming_gives() {
    let (_, _, enrolled) = Kit::enrolled();
    let body = parsed(&enrolled.body());
    let mut names = fields(&body);
    names.sort_unstable();
    assert_eq!(names, ["authenticator_id", "backup_codes"], "the proof and the browser travel as the host has it");
    assert_eq!(body["backup_codes"].as_array().unwrap().len(), 10);
}

#[test]
fn the_question_for_a_code_never_says_whose() {
    let (kit, _, enrolled) = Kit::enrolled();
    let body = parsed(&kit.after_password(enrolled.device.as_deref()).body());
    assert_eq!(
        (&body["two_factor_required"], &body["expires_in"], &body["methods"], &body["codes_required"]),
        (&json!(true), &json!(300), &json!(["totp", "backup_code"]), &json!(1))
    );
    assert_eq!(fields(&body).len(), 5, "{body}");
    let required = FirstFactorOptions { required: true, ..Default::default() };
    let other = kit.two_factor.after_first_factor("43", required).unwrap();
    assert_eq!(parsed(&other.body()), json!({ "enrollment_required": true }));
    assert_eq!(parsed(&kit.two_factor.after_first_factor("43", Default::default()).unwrap().body()), json!({}));
}

#[test]
fn what_a_verification_adds() {
    let (kit, phone, _) = Kit::enrolled();
    let body = kit.sign_in(&phone).unwrap().body();
    assert_eq!(parsed(&body), json!({ "method": "totp", "backup_codes_left": 10 }));
}

#[test]
fn the_status_of_a_user_without_a_second_factor() {
    let kit = Kit::new();
    assert_eq!(
        parsed(&kit.status().body()),
        json!({
            "enabled": false, "authenticators": [], "backup_codes": {"left": 0, "total": 0, "saved": false}, "devices": [],
            "throttle": {"codes_required": 1}, "proof": {}, "policy": {"digits": 6, "period": 30},
        })
    );
}

#[test]
fn the_status_of_a_user_with_one() {
    let (kit, _, enrolled) = Kit::enrolled();
    let presenting = Presenting { device: enrolled.device.as_deref(), assurance: Some(&enrolled.assurance) };
    let body = parsed(&kit.two_factor.status(USER, presenting).unwrap().body());
    assert_eq!(
        body["authenticators"],
        json!([{
            "id": enrolled.authenticator_id, "name": "Authenticator 1", "created_at": 1_700_000_000, "last_used_at": 1_700_000_000,
        }])
    );
    assert_eq!(body["backup_codes"], json!({"left": 10, "total": 10, "saved": false}));
    let device = &body["devices"][0];
    assert_eq!(
        (&device["last_used_at"], &device["trusted"], &device["current"]),
        (&json!(1_700_000_000), &json!(false), &json!(true))
    );
    assert_eq!(body["proof"], json!({"fresh_until": 1_700_000_300}));
}

#[test]
fn the_status_says_what_is_out_of_the_ordinary() {
    let kit = Kit::with(|settings| settings.require_saved_codes = true);
    kit.import("JBSWY3DPEHPK3PXP").unwrap();
    kit.import(SECRET).unwrap();
    let phone = kit.phone_of(SECRET);
    let body = parsed(&kit.status().body());
    assert_eq!(body["policy"]["require_saved_codes"], json!(true));
    assert_eq!((&body["authenticators"][0]["weak"], body["authenticators"][1].get("weak")), (&json!(true), None));
    for _ in 0..4 {
        kit.fail(&phone);
    }
    assert_eq!(parsed(&kit.status().body())["throttle"], json!({"codes_required": 3}));
    let (kit, phone, _) = Kit::enrolled();
    for _ in 0..4 {
        kit.fail(&phone);
    }
    assert_eq!(parsed(&kit.status().body())["throttle"], json!({"codes_required": 1, "retry_after": 15}));
}
