//! Refusals as RFC 9457 problems: the bodies come from the core's one table, the headers are added here.

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use twinlock::{Code, Error, Operation};

use crate::hooks::Stop;
use crate::reply::{NO_STORE, Reply};

/// Why a call is refused.
pub(crate) enum Refused {
    /// The engine said no.
    Engine(Error),
    /// The HTTP layer said no.
    Contract(Box<Problem>),
    /// A hook ended it with its own response.
    Hook(Stop),
}

/// A refusal of the HTTP layer.
pub(crate) struct Problem {
    code: Code,
    operation: Operation,
    max_age: Option<u64>,
    members: Map<String, Value>,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

impl From<Stop> for Refused {
    fn from(stop: Stop) -> Self {
        Self::Hook(stop)
    }
}

/// The refusal of that code.
pub(crate) fn refused(code: Code) -> Refused {
    refused_at(code, Operation::Other)
}

/// The refusal of that code at a place of the contract where it has another status.
pub(crate) fn refused_at(code: Code, operation: Operation) -> Refused {
    Refused::Contract(Box::new(Problem { code, operation, max_age: None, members: Map::new() }))
}

impl Refused {
    /// How fresh a proof is wanted.
    pub(crate) fn wanting(mut self, max_age: Option<u64>) -> Self {
        if let Self::Contract(problem) = &mut self {
            problem.max_age = max_age;
        }
        self
    }

    /// One more member of the problem.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        if let Self::Contract(problem) = &mut self {
            problem.members.insert(name.to_owned(), value.into());
        }
        self
    }

    /// The answer. `max_age`: how fresh the engine wants a proof; `members` are added to the problem.
    pub(crate) fn reply(self, operation: Operation, max_age: Option<u64>, members: &[(&str, &str)]) -> Reply {
        let (problem, code, max_age, own) = match self {
            Self::Engine(error) => (error.problem(operation), error.code(), max_age, Map::new()),
            Self::Contract(problem) => {
                let Problem { code, operation, max_age, members } = *problem;
                (code.problem(operation), code, max_age, members)
            }
            Self::Hook(stop) => return Reply::whole(*stop.0),
        };
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = headers_of(status, code, problem.retry_after, max_age);
        let mut body = match serde_json::to_value(&problem) {
            Ok(Value::Object(body)) => body,
            _ => Map::new(),
        };
        body.extend(own);
        body.extend(members.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))));
        if status.is_server_error() {
            tracing::error!(code = code.as_str(), "a request was refused because of a fault");
        }
        Reply::problem(status, headers, body)
    }

    /// The response of a guard in front of the application's own routes.
    pub(crate) fn into_response(self) -> Response {
        let mut response = self.reply(Operation::Guard, None, &[]).into_plain_response();
        response.headers_mut().extend(NO_STORE);
        response
    }
}

fn headers_of(status: StatusCode, code: Code, retry_after: Option<u64>, max_age: Option<u64>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, challenge(code, max_age));
    }
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    headers
}

/// RFC 9470 when a (fresher) second factor is what is missing.
fn challenge(code: Code, max_age: Option<u64>) -> HeaderValue {
    if code != Code::AssuranceRequired {
        return HeaderValue::from_static("Bearer realm=\"account\""); // RFC 6750 §3: never the scheme alone
    }
    let age = max_age.map(|age| format!(", max_age=\"{age}\"")).unwrap_or_default();
    let text = format!(
        "Bearer error=\"insufficient_user_authentication\", error_description=\"a second factor is needed\"{age}"
    );
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("Bearer realm=\"account\""))
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        Self::into_response(self)
    }
}
