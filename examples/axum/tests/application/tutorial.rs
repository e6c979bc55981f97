//! Clients that were written against the tutorial's four calls.

use serde_json::json;
use twinlock::testing::FakePhone;

use crate::visitor::{Example, PASSWORD};

#[tokio::test]
async fn generate_verify_validate_disable() {
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;

    let generated = ada.post("/api/auth/otp/generate", json!({ "password": PASSWORD })).await;
    assert_eq!(generated.headers["Link"], "</api/auth/2fa/setup>; rel=\"successor-version\"");
    let shown = generated.ok();
    let phone = FakePhone::scan(shown["otpauth_url"].as_str().unwrap(), &example.clock).unwrap();
    assert!(shown["otpauth_url"].as_str().unwrap().contains(shown["base32"].as_str().unwrap()));
    let again = ada.post("/api/auth/otp/generate", json!({ "password": PASSWORD })).await.ok();
    assert_eq!(again, shown, "a reloaded page shows the same secret");

    ada.post("/api/auth/otp/verify", json!({ "token": "000000" })).await.refused(400, "invalid_code");
    let verified = ada.post("/api/auth/otp/verify", json!({ "token": *phone.code() })).await.ok();
    assert_eq!((&verified["otp_verified"], verified["backup_codes"].as_array().unwrap().len()), (&json!(true), 10));

    example.clock.advance(30);
    let mut other = example.visitor();
    let challenged = other.post("/api/auth/login", json!({ "email": "ada@example.com", "password": PASSWORD })).await;
    assert_eq!(challenged.ok()["two_factor_required"], true);
    let validated = other.post("/api/auth/otp/validate", json!({ "token": *phone.code() })).await.ok();
    assert_eq!(validated, json!({ "otp_valid": true }));
    other.me().await.ok();

    other.post("/api/auth/otp/disable", json!({})).await.refused(400, "password_required");
    let disabled = other.post("/api/auth/otp/disable", json!({ "password": PASSWORD })).await.ok();
    assert_eq!(disabled, json!({ "otp_disabled": true }));
    assert_eq!(other.login("ada").await.ok()["method"], "none");
}

#[tokio::test]
async fn a_user_id_in_the_body_means_nothing() {
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;
    let id = ada.me().await.ok()["id"].clone();
    let (phone, _) = ada.enroll(&example.clock).await;
    let mut mallory = example.signed_in("mallory").await;
    for path in ["validate", "verify"] {
        let body = json!({ "user_id": id, "token": *phone.code() });
        let refused = mallory.post(&format!("/api/auth/otp/{path}"), body).await;
        assert!(refused.status.is_client_error(), "{path}: {}", refused.text);
    }
    let body = json!({ "user_id": id, "password": PASSWORD });
    mallory.post("/api/auth/otp/disable", body).await.refused(409, "not_enabled");
}

#[tokio::test]
async fn validate_wants_the_password_in_the_same_session() {
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;
    let (phone, _) = ada.enroll(&example.clock).await;
    let mut nobody = example.visitor();
    let body = json!({ "token": *phone.code() });
    nobody.post("/api/auth/otp/validate", body).await.refused(410, "challenge_expired");
    nobody.post("/api/auth/otp/generate", json!({ "password": PASSWORD })).await.refused(401, "not_signed_in");
}

#[tokio::test]
async fn a_token_that_came_as_a_number_is_refused() {
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;
    ada.post("/api/auth/otp/verify", json!({ "token": 12_345 })).await.refused(400, "malformed_request");
}
