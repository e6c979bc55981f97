//! Accounts, sessions and the second factor, from the first visit to the last.

use serde_json::json;
use twinlock_example_axum::BASE;

use crate::visitor::{Example, PASSWORD};

#[tokio::test]
async fn register_sign_in_enrol_sign_in_with_a_code_delete_the_account() {
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;
    let (phone, backup_codes) = ada.enroll(&example.clock).await;
    assert_eq!(backup_codes.len(), 10);

    let mut again = example.visitor();
    assert_eq!(again.login("ada").await.ok()["two_factor_required"], true);
    again.me().await.refused(401, "not_signed_in");
    assert_eq!(again.verify(&phone.code()).await.ok()["method"], "totp");
    assert_eq!(again.me().await.ok()["amr"], json!(["pwd", "otp"]));

    example.clock.advance(301);
    again.delete("/api/user/account").await.refused(401, "assurance_required");
    again.post(&format!("{BASE}/step-up"), json!({ "code": *phone.code() })).await.ok();
    again.delete("/api/user/account").await.json(204);
    again.login("ada").await.refused(401, "wrong_credentials");
    again.me().await.refused(401, "not_signed_in");
}

#[tokio::test]
async fn a_code_works_once() {
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;
    let (phone, _) = ada.enroll(&example.clock).await;
    let (mut one, mut other) = (example.visitor(), example.visitor());
    one.login("ada").await;
    other.login("ada").await;
    one.verify(&phone.code()).await.ok();
    other.verify(&phone.code()).await.refused(401, "invalid_code");
    other.me().await.refused(401, "not_signed_in");
}

#[tokio::test]
async fn a_backup_code_opens_when_the_phone_is_lost() {
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;
    let (_, backup_codes) = ada.enroll(&example.clock).await;
    let mut again = example.visitor();
    again.login("ada").await;
    let verified = again.verify(&backup_codes[0]).await.ok();
    assert_eq!((&verified["method"], &verified["backup_codes_left"]), (&json!("backup_code"), &json!(9)));
}

#[tokio::test]
async fn both_steps_may_be_one_call() {
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;
    let (phone, _) = ada.enroll(&example.clock).await;
    let mut again = example.visitor();
    let form = json!({ "username": "ada", "password": PASSWORD, "code": *phone.code() });
    assert_eq!(again.post("/api/auth/login", form).await.ok()["method"], "totp");
    again.me().await.ok();
}

#[tokio::test]
async fn the_sensitive_action_wants_a_second_factor_at_all() {
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;
    let refused = ada.delete("/api/user/account").await;
    refused.refused(403, "not_enabled");
    assert_eq!(refused.json(403)["setup_url"], "/account");
}

#[tokio::test]
async fn setup_wants_the_password_again() {
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;
    let setup = format!("{BASE}/setup");
    ada.post(&setup, json!({})).await.refused(400, "password_required");
    ada.post(&setup, json!({ "password": "another" })).await.refused(400, "wrong_password");
}

#[tokio::test]
async fn the_session_gets_a_new_id_at_each_success_and_the_old_one_is_nobodys() {
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;
    let mut thief = example.visitor();
    thief.cookies = ada.cookies.clone();
    thief.me().await.ok();
    ada.enroll(&example.clock).await;
    assert_ne!(ada.cookies["session"], thief.cookies["session"]);
    thief.me().await.refused(401, "not_signed_in");
}

#[tokio::test]
async fn switching_on_ends_sessions_that_never_proved_anything() {
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;
    let mut elsewhere = example.visitor();
    elsewhere.login("ada").await.ok();
    ada.enroll(&example.clock).await;
    ada.me().await.ok();
    elsewhere.me().await.refused(401, "not_signed_in");
}

#[tokio::test]
async fn switching_off_wants_the_password_and_a_fresh_code() {
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;
    let (phone, _) = ada.enroll(&example.clock).await;
    let disable = format!("{BASE}/disable");
    ada.post(&disable, json!({})).await.refused(400, "password_required");
    example.clock.advance(301);
    ada.post(&disable, json!({ "password": PASSWORD })).await.refused(401, "assurance_required");
    ada.post(&format!("{BASE}/step-up"), json!({ "code": *phone.code() })).await.ok();
    ada.post(&disable, json!({ "password": PASSWORD })).await.json(204);
    assert_eq!(ada.login("ada").await.ok()["method"], "none");
}

#[tokio::test]
async fn a_changed_password_ends_other_sessions_and_wants_a_fresh_code_where_there_is_one() {
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;
    let mut elsewhere = example.visitor();
    elsewhere.login("ada").await.ok();
    let change = |old: &str| json!({ "password": old, "new_password": "another walk" });
    ada.post("/api/user/password", change("wrong")).await.refused(400, "wrong_password");
    ada.post("/api/user/password", change(PASSWORD)).await.json(204);
    ada.me().await.ok();
    elsewhere.me().await.refused(401, "not_signed_in");

    let body = json!({ "password": "another walk" });
    let setup = ada.post(&format!("{BASE}/setup"), body).await.json(201);
    let phone = twinlock::testing::FakePhone::scan(setup["otpauth_uri"].as_str().unwrap(), &example.clock).unwrap();
    let body = json!({ "setup": setup["setup"], "code": *phone.code() });
    ada.post(&format!("{BASE}/setup/confirm"), body).await.ok();
    example.clock.advance(301);
    ada.post("/api/user/password", change("another walk")).await.refused(401, "assurance_required");
}

#[tokio::test]
async fn a_signed_out_session_is_over_on_the_server() {
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;
    let mut kept = example.visitor();
    kept.cookies = ada.cookies.clone();
    ada.post("/api/auth/logout", json!({})).await.json(204);
    assert!(ada.cookies.is_empty(), "{:?}", ada.cookies.keys());
    kept.me().await.refused(401, "not_signed_in");
    kept.post("/api/auth/refresh", json!({})).await.refused(401, "session_ended");
}

#[tokio::test]
async fn a_session_ends_after_eight_hours_however_busy_it_is() {
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;
    example.clock.advance(8 * 3600);
    ada.me().await.ok();
    example.clock.advance(1);
    ada.me().await.refused(401, "not_signed_in");
}

#[tokio::test]
async fn sessions_and_accounts_survive_a_restart() {
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;
    let (phone, _) = ada.enroll(&example.clock).await;
    let cookies = ada.cookies.clone();
    drop(ada);
    let example = example.again().await;
    let mut ada = example.visitor();
    ada.cookies = cookies;
    ada.me().await.ok();
    ada.login("ada").await.ok();
    ada.verify(&phone.code()).await.ok();
}

#[tokio::test]
async fn names_and_addresses_are_taken_once_in_any_spelling() {
    let example = Example::new().await;
    let mut ada = example.visitor();
    ada.register("ada").await;
    for (name, email, status, code) in [
        ("ADA", "b@example.com", 409, "username_taken"),
        ("bob", "Ada@Example.com", 409, "email_taken"),
        ("x", "b@example.com", 400, "malformed_request"),
        ("bob@example.com", "b@example.com", 400, "malformed_request"),
        ("bob", "no address", 400, "malformed_request"),
    ] {
        let body = json!({ "username": name, "email": email, "password": PASSWORD });
        ada.post("/api/auth/register", body).await.refused(status, code);
    }
    let short = json!({ "username": "bob", "email": "b@example.com", "password": "1234567" });
    ada.post("/api/auth/register", short).await.refused(400, "malformed_request");
}

#[tokio::test]
async fn tries_are_limited_per_address() {
    let example = Example::with(|settings| twinlock_example_axum::Settings { tries_per_minute: 3, ..settings }).await;
    let mut mallory = example.visitor();
    let wrong = json!({ "username": "ada", "password": "wrong" });
    for _ in 0..3 {
        mallory.post("/api/auth/login", wrong.clone()).await.refused(401, "wrong_credentials");
    }
    let refused = mallory.post("/api/auth/login", wrong).await;
    refused.refused(429, "too_many_requests");
    let wait: u64 = refused.headers["Retry-After"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
}

#[tokio::test]
async fn who_sits_at_an_open_session_cannot_guess_its_password() {
    let example = Example::with(|settings| twinlock_example_axum::Settings { tries_per_minute: 3, ..settings }).await;
    let mut ada = example.signed_in("ada").await;
    let wrong = json!({ "password": "wrong" });
    for _ in 0..2 {
        ada.post(&format!("{BASE}/setup"), wrong.clone()).await.refused(400, "wrong_password");
    }
    let change = json!({ "password": "wrong", "new_password": "another walk" });
    ada.post("/api/user/password", change.clone()).await.refused(400, "wrong_password");
    ada.post("/api/user/password", change).await.refused(429, "too_many_requests");
    ada.post(&format!("{BASE}/setup"), wrong).await.refused(429, "too_many_requests");
}

#[tokio::test]
async fn a_copy_of_the_files_signs_nobody_in() {
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;
    let setup = ada.post(&format!("{BASE}/setup"), json!({ "password": PASSWORD })).await.json(201);
    let phone = twinlock::testing::FakePhone::scan(setup["otpauth_uri"].as_str().unwrap(), &example.clock).unwrap();
    let body = json!({ "setup": setup["setup"], "code": *phone.code() });
    let codes = ada.post(&format!("{BASE}/setup/confirm"), body).await.ok()["backup_codes"].clone();
    let kept = example.files();
    assert!(example.modes().iter().all(|mode| mode.trailing_zeros() >= 6), "{:?}", example.modes());
    assert!(kept.contains("ada@example.com"), "the files were read");
    let secrets = [setup["secret"].as_str().unwrap(), codes[0].as_str().unwrap(), PASSWORD, &ada.cookies["session"]];
    for secret in secrets {
        assert!(!kept.contains(secret), "{secret} is in the files");
    }
}

#[tokio::test]
async fn the_pages_are_there_under_a_strict_policy_and_the_pretend_phone_is_not() {
    let example = Example::new().await;
    let mut visitor = example.visitor();
    for path in ["/", "/register", "/login", "/account", "/static/shell.js", "/static/app.css", "/openapi.json"] {
        let page = visitor.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        let policy = page.headers["Content-Security-Policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}");
    }
    let login = visitor.get("/login").await.text;
    assert!(login.contains("data-csrf-cookie=\"csrf\"") && !login.contains("phone.js"));
    for path in ["/dev/phone.js", "/static/../templates/base.html", "/static/none.js", "/nowhere"] {
        visitor.get(path).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn the_openapi_document_holds_our_calls_and_twinlocks() {
    let example = Example::new().await;
    let document = example.visitor().get("/openapi.json").await.ok();
    let paths = document["paths"].as_object().unwrap();
    for path in ["/api/auth/login", "/api/auth/otp/validate", "/api/auth/2fa/verify", "/api/auth/2fa/setup/confirm"] {
        assert!(paths.contains_key(path), "{path}");
    }
    assert!(!paths.keys().any(|path| path.contains("admin")));
}
