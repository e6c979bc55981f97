//! An application with its own users and its own way to remember who is signed in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use tower_sessions::Session;
use twinlock_axum::{Answer, Hooked, Hooks, ProofMode, Stop, User, Verified};
use uuid::Uuid;

/// What the application's own token stands for.
#[derive(Clone)]
pub(crate) struct Ticket {
    user: String,
    pub(crate) tfa: Option<String>,
}

#[derive(Clone)]
pub(crate) struct Host {
    name: &'static str,
    pub(crate) mode: ProofMode,
    tickets: Arc<Mutex<HashMap<String, Ticket>>>,
}

pub(crate) fn account(name: &str) -> User {
    User::new(name, format!("{name}@example.com"))
}

fn failed(_: tower_sessions::session::Error) -> Stop {
    Stop::with(StatusCode::SERVICE_UNAVAILABLE)
}

impl Host {
    pub(crate) fn new(name: &'static str) -> Self {
        let mode = match name {
            "session" => ProofMode::Session,
            "cookie" => ProofMode::Cookie,
            _ => ProofMode::Bearer,
        };
        Self { name, mode, tickets: Arc::default() }
    }

    fn tickets(&self) -> MutexGuard<'_, HashMap<String, Ticket>> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self, request: &Parts) -> Option<String> {
        if self.mode == ProofMode::Cookie {
            let lines = request.headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
            let mut cookies = lines.flat_map(|line| cookie::Cookie::split_parse(line.to_owned()).flatten());
            return cookies.find(|cookie| cookie.name() == "host").map(|cookie| cookie.value().to_owned());
        }
        request.headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ").map(str::to_owned)
    }

    /// The application's own token, from its cookie or its header.
    pub(crate) fn ticket(&self, request: &Parts) -> Option<Ticket> {
        self.tickets().get(&self.key(request)?).cloned()
    }

    /// The user is signed in, in this application's way.
    pub(crate) async fn sign_in(
        &self,
        request: &Parts,
        user_id: &str,
        mut told: Map<String, Value>,
        tfa: Option<String>,
    ) -> Hooked<Answer> {
        if self.mode == ProofMode::Session {
            let session = session_of(request)?;
            session.insert("user", user_id).await.map_err(failed)?;
            return Ok(told.into());
        }
        let token = Uuid::new_v4().simple().to_string();
        self.tickets().insert(token.clone(), Ticket { user: user_id.to_owned(), tfa });
        if self.mode == ProofMode::Bearer {
            told.insert("access_token".to_owned(), token.into());
            return Ok(told.into());
        }
        let cookie = format!("host={token}; Path=/; HttpOnly; SameSite=Lax");
        Ok(([(SET_COOKIE, cookie)], Json(told)).into_response().into())
    }

    /// Ends the application's session.
    pub(crate) async fn sign_out(&self, request: &Parts) -> Hooked<()> {
        if self.mode == ProofMode::Session {
            session_of(request)?.remove_value("user").await.map_err(failed)?;
        }
        if let Some(key) = self.key(request) {
            self.tickets().remove(&key);
        }
        Ok(())
    }
}

pub(crate) fn session_of(request: &Parts) -> Hooked<&Session> {
    request.extensions.get::<Session>().ok_or_else(|| Stop::with(StatusCode::NOT_FOUND))
}

impl Hooks for Host {
    async fn user(&self, request: &Parts) -> Hooked<Option<User>> {
        let name = if self.mode == ProofMode::Session {
            session_of(request)?.get::<String>("user").await.map_err(failed)?
        } else {
            self.ticket(request).map(|ticket| ticket.user)
        };
        Ok(name.as_deref().map(account))
    }

    async fn on_verified(&self, request: &Parts, verified: &Verified) -> Hooked<Answer> {
        let told = json!({
            "occasion": verified.occasion.as_str(),
            "carry": verified.carry,
            "enrollment_required": verified.enrollment_required,
        });
        let told = told.as_object().cloned().unwrap_or_default();
        self.sign_in(request, &verified.user_id, told, verified.assurance.clone()).await
    }

    async fn required_for(&self, user: &User) -> Hooked<bool> {
        Ok(user.id.starts_with("must-"))
    }

    fn reauthenticates(&self) -> bool {
        self.name == "strict"
    }

    async fn reauthenticate(&self, _: &Parts, user: &User, password: &str) -> Hooked<bool> {
        Ok(password == format!("password of {}", user.id))
    }

    async fn may_administer(&self, request: &Parts) -> Hooked<bool> {
        if self.name == "strict" {
            return Ok(false);
        }
        Ok(self.user(request).await?.is_some_and(|user| user.id.starts_with("admin-")))
    }

    fn csrf(&self, _: &Parts) -> Option<String> {
        (self.name == "session").then(|| "csrf-token".to_owned())
    }
}

/// A hook's answer as a response of the application's own routes.
pub(crate) fn responded(answer: Hooked<Answer>) -> Response {
    match answer {
        Ok(Answer::Members(members)) => Json(members).into_response(),
        Ok(Answer::Response(response)) => *response,
        Err(stop) => stop.into_response(),
    }
}
