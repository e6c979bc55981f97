//! What another site makes a browser send, and cookies behind a proxy.

use serde_json::json;
use twinlock_example_axum::{BASE, Settings};

use crate::visitor::{Example, PASSWORD};

#[tokio::test]
async fn another_site_cannot_make_a_browser_do_anything() {
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;
    for foreign in
        [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site")]
    {
        for path in ["/api/auth/logout".to_owned(), format!("{BASE}/setup"), "/api/auth/otp/disable".to_owned()] {
            let refused = ada.call("POST", &path, Some(json!({ "password": PASSWORD })), &[foreign]).await;
            refused.refused(403, "origin_refused");
        }
    }
    ada.me().await.ok();
}

#[tokio::test]
async fn whoever_is_signed_in_sends_the_token_of_the_session() {
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;
    for token in ["made up", ""] {
        for (method, path) in [
            ("POST", format!("{BASE}/setup")),
            ("POST", "/api/auth/logout".to_owned()),
            ("DELETE", "/api/user/account".to_owned()),
        ] {
            ada.call(method, &path, Some(json!({})), &[("X-CSRF-Token", token)]).await.refused(403, "csrf_refused");
        }
    }
    ada.me().await.ok();
}

#[tokio::test]
async fn over_https_cookies_are_of_this_host_alone() {
    let https = |settings| Settings { origin: "https://app.example.com".to_owned(), development: false, ..settings };
    let example = Example::with(https).await;
    let mut ada = example.visitor();
    ada.register("ada").await;
    let body = json!({ "username": "ada", "password": PASSWORD });
    let headers = [("X-Forwarded-For", "6.6.6.6, 203.0.113.7"), ("Origin", "https://app.example.com")];
    let answer = ada.call("POST", "/api/auth/login", Some(body), &headers).await;
    assert_eq!(answer.ok()["method"], "none");
    let cookies: Vec<_> = answer.headers.get_all("Set-Cookie").iter().map(|line| line.to_str().unwrap()).collect();
    assert!(cookies.iter().any(|cookie| cookie.starts_with("__Host-session=") && cookie.contains("HttpOnly")));
    assert!(cookies.iter().any(|cookie| cookie.starts_with("__Host-csrf=")));
    assert!(cookies.iter().all(|cookie| cookie.contains("Secure") && cookie.contains("Path=/")), "{cookies:?}");
    assert!(answer.headers.contains_key("Strict-Transport-Security"));
}

#[tokio::test]
async fn behind_a_proxy_the_address_is_what_the_proxy_added() {
    let https = |settings| Settings { origin: "https://app.example.com".to_owned(), tries_per_minute: 1, ..settings };
    let example = Example::with(https).await;
    let mut mallory = example.visitor();
    let wrong = || Some(json!({ "username": "ada", "password": "wrong" }));
    let mut status = Vec::new();
    for list in ["1.1.1.1, 203.0.113.7", "2.2.2.2, 203.0.113.7", "1.1.1.1, 203.0.113.8"] {
        status
            .push(mallory.call("POST", "/api/auth/login", wrong(), &[("X-Forwarded-For", list)]).await.status.as_u16());
    }
    assert_eq!(status, [401, 429, 401]);
}
