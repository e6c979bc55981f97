//! A browser: cookies of its own, the token of the session sent along. And what it browses.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use twinlock::KeyRing;
use twinlock::testing::{FakePhone, VirtualClock};
use twinlock_example_axum::{AppClock, BASE, Settings, application};

pub(crate) const PASSWORD: &str = "a walk in the park";

/// The application on a clock that stands still, with files of its own.
pub(crate) struct Example {
    pub(crate) router: Router,
    pub(crate) clock: VirtualClock,
    data: TempDir,
    keys: String,
}

pub(crate) fn settings(data: &std::path::Path, keys: &str) -> Settings {
    Settings {
        data: data.to_owned(),
        keys: KeyRing::parse(keys).unwrap(),
        origin: "http://127.0.0.1:8000".to_owned(),
        development: true,
        dev_phone: false,
        tries_per_minute: 30,
    }
}

impl Example {
    pub(crate) async fn new() -> Self {
        Self::with(|settings| settings).await
    }

    pub(crate) async fn with(change: impl FnOnce(Settings) -> Settings) -> Self {
        let (data, clock) = (tempfile::tempdir().unwrap(), VirtualClock::default());
        let keys = KeyRing::generate("k1").unwrap().to_text().to_string();
        let settings = change(settings(data.path(), &keys));
        let router = application(settings, AppClock::new(clock.clone())).await.unwrap();
        Self { router, clock, data, keys }
    }

    /// The same files, started again.
    pub(crate) async fn again(self) -> Self {
        let settings = settings(self.data.path(), &self.keys);
        let router = application(settings, AppClock::new(self.clock.clone())).await.unwrap();
        Self { router, ..self }
    }

    /// Everything that is stored, one file after the other.
    pub(crate) fn files(&self) -> String {
        let files = std::fs::read_dir(self.data.path()).unwrap();
        files.map(|file| String::from_utf8_lossy(&std::fs::read(file.unwrap().path()).unwrap()).into_owned()).collect()
    }

    /// What their modes allow to whom.
    pub(crate) fn modes(&self) -> Vec<u32> {
        let files = std::fs::read_dir(self.data.path()).unwrap();
        files.map(|file| file.unwrap().metadata().unwrap().permissions().mode() & 0o777).collect()
    }

    pub(crate) fn visitor(&self) -> Visitor {
        Visitor { router: self.router.clone(), cookies: BTreeMap::new() }
    }

    /// Somebody who has an account and is signed in by password alone.
    pub(crate) async fn signed_in(&self, name: &str) -> Visitor {
        let mut visitor = self.visitor();
        visitor.register(name).await;
        assert_eq!(visitor.login(name).await.ok()["method"], "none");
        visitor
    }
}

pub(crate) struct Visitor {
    pub(crate) router: Router,
    pub(crate) cookies: BTreeMap<String, String>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    pub(crate) fn ok(&self) -> Value {
        self.json(200)
    }

    pub(crate) fn refused(&self, status: u16, code: &str) {
        assert_eq!(self.json(status)["code"], code);
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json");
    }
}

impl Visitor {
    pub(crate) async fn call(
        &mut self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder().method(method).uri(path).header("Host", "127.0.0.1:8000");
        request = request.header(COOKIE, cookies.join("; "));
        if let (Some(token), false) =
            (self.cookies.get("csrf"), headers.iter().any(|(name, _)| *name == "X-CSRF-Token"))
        {
            request = request.header("X-CSRF-Token", token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        request = request.extension(ConnectInfo(SocketAddr::from((Ipv4Addr::LOCALHOST, 50_000))));
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        for line in head.headers.get_all(SET_COOKIE) {
            let cookie = cookie::Cookie::parse(line.to_str().unwrap().to_owned()).unwrap();
            self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            self.cookies.retain(|_, value| !value.is_empty());
        }
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Answer { status: head.status, headers: head.headers, text }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.call("GET", path, None, &[]).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(body), &[]).await
    }

    pub(crate) async fn delete(&mut self, path: &str) -> Answer {
        self.call("DELETE", path, None, &[]).await
    }

    pub(crate) async fn me(&mut self) -> Answer {
        self.get("/api/user/me").await
    }

    pub(crate) async fn register(&mut self, name: &str) {
        let body = json!({ "username": name, "email": format!("{name}@example.com"), "password": PASSWORD });
        self.post("/api/auth/register", body).await.json(201);
    }

    pub(crate) async fn login(&mut self, name: &str) -> Answer {
        self.post("/api/auth/login", json!({ "username": name, "password": PASSWORD })).await
    }

    /// Switches the second factor on; gives the phone, its next code unused, and the backup codes.
    pub(crate) async fn enroll(&mut self, clock: &VirtualClock) -> (FakePhone, Vec<String>) {
        let setup = self.post(&format!("{BASE}/setup"), json!({ "password": PASSWORD })).await.json(201);
        let phone = FakePhone::scan(setup["otpauth_uri"].as_str().unwrap(), clock).unwrap();
        let body = json!({ "setup": setup["setup"], "code": *phone.code() });
        let enrolled = self.post(&format!("{BASE}/setup/confirm"), body).await.ok();
        clock.advance(30);
        let codes = enrolled["backup_codes"].as_array().unwrap().iter();
        (phone, codes.map(|code| code.as_str().unwrap().to_owned()).collect())
    }

    pub(crate) async fn verify(&mut self, code: &str) -> Answer {
        self.post(&format!("{BASE}/verify"), json!({ "code": code })).await
    }
}
