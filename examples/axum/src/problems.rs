//! Refusals as RFC 9457 problems, in the same shape as Twinlock's own.

use axum::extract::rejection::JsonRejection;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use twinlock::{Code, Error, Operation};
use twinlock_axum::Stop;

/// A refusal of the application's own; what Twinlock has a code for is told in Twinlock's words.
#[derive(Debug)]
pub(crate) enum Problem {
    /// Twinlock's.
    Twinlock(Code),
    /// The name or the password is wrong.
    WrongCredentials,
    /// The session has ended.
    SessionEnded,
    /// The token of the session is missing.
    CsrfRefused,
    /// Somebody else has that name.
    UsernameTaken,
    /// Somebody else has that address.
    EmailTaken,
    /// Too many attempts; in so many seconds again.
    TooManyRequests(u64),
}

impl Problem {
    fn own(&self) -> Option<(u16, &'static str, &'static str)> {
        Some(match self {
            Self::Twinlock(_) => return None,
            Self::WrongCredentials => (401, "wrong_credentials", "the name or the password is wrong"),
            Self::SessionEnded => (401, "session_ended", "the session has ended"),
            Self::CsrfRefused => (403, "csrf_refused", "the token of the session is missing"),
            Self::UsernameTaken => (409, "username_taken", "this user name is taken"),
            Self::EmailTaken => (409, "email_taken", "this address has an account already"),
            Self::TooManyRequests(_) => (429, "too_many_requests", "too many attempts"),
        })
    }

    fn body(&self) -> (u16, Value) {
        match (self, self.own()) {
            (Self::Twinlock(code), _) => {
                let problem = code.problem(Operation::Other);
                (problem.status, json!(problem))
            }
            (Self::TooManyRequests(seconds), Some((status, code, title))) => (
                status,
                json!({ "type": "about:blank", "title": title, "status": status, "code": code, "retry_after": seconds }),
            ),
            (_, own) => {
                let (status, code, title) = own.unwrap_or((500, "internal_error", ""));
                (status, json!({ "type": "about:blank", "title": title, "status": status, "code": code }))
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, body) = self.body();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"account\""));
        }
        if let Self::TooManyRequests(seconds) = self {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Stop::with(problem)
    }
}

/// What an extractor says may repeat the body, and with it the password: only its kind is told.
impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        Self::Twinlock(match rejection.status() {
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::NotJson,
            StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge,
            _ => Code::MalformedRequest,
        })
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        tracing::error!(code = error.code().as_str(), "Twinlock refused a call of the application");
        Self::Twinlock(error.code())
    }
}

/// A fault of our own: the log says which, the answer does not.
pub(crate) fn fault(error: impl std::fmt::Display) -> Problem {
    tracing::error!(%error, "a fault");
    Problem::Twinlock(Code::InternalError)
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        fault(error)
    }
}

impl From<tower_sessions::session::Error> for Problem {
    fn from(error: tower_sessions::session::Error) -> Self {
        fault(error)
    }
}
