//! The four calls of the tutorial, for clients that were written against it: each hands over to the call of the contract that replaced
//! it (its `Link` says which), so every rule is kept there and none twice. Whose second factor it is says the session, not the body.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, LINK};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tower::ServiceExt;
use tower_sessions::Session;
use utoipa::ToSchema;

use crate::App;
use crate::api::Taken;
use crate::problems::{Problem, fault};
use crate::two_factor::BASE;

/// The setup that waits for its first code.
const SETUP: &str = "otp_setup";
/// Longer than any answer of the contract.
const LIMIT: usize = 100_000;

/// What `generate` and `disable` ask again.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Password {
    password: Option<String>,
}

/// The tutorial's name for a code.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Token {
    token: String,
}

/// `/api/auth/otp`.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/generate", post(generate))
        .route("/verify", post(verify))
        .route("/validate", post(validate))
        .route("/disable", post(disable))
}

/// Calls the contract as the same visitor; gives the head and the members of its answer, or its refusal as it is.
async fn hand_over(app: &App, mut parts: Parts, path: &'static str, body: Value) -> Result<Answered, Response> {
    parts.uri = Uri::from_static(path);
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let Ok(mut response) = app.contract.clone().oneshot(Request::from_parts(parts, Body::from(body.to_string()))).await;
    let successor = HeaderValue::from_str(&format!("<{BASE}{path}>; rel=\"successor-version\""));
    response.headers_mut().extend(successor.ok().map(|link| (LINK, link)));
    if !response.status().is_success() {
        return Err(response);
    }
    let (mut head, body) = response.into_parts();
    let bytes = to_bytes(body, LIMIT).await.map_err(|error| fault(error).into_response())?;
    head.headers.remove(CONTENT_LENGTH);
    head.headers.remove(CONTENT_TYPE);
    Ok(Answered { headers: head.headers, members: serde_json::from_slice(&bytes).unwrap_or_default() })
}

struct Answered {
    headers: HeaderMap,
    members: Map<String, Value>,
}

impl Answered {
    fn take(&mut self, name: &str) -> Value {
        self.members.remove(name).unwrap_or_default()
    }

    /// The tutorial's body, with the headers of the contract's answer: cookies, `no-store`, `Link`.
    fn told(self, body: Value) -> Response {
        (self.headers, Json(body)).into_response()
    }
}

/// A secret to scan. The same one until it is confirmed or ten minutes old; nothing is stored before.
#[utoipa::path(post, path = "/api/auth/otp/generate", tag = "tutorial", request_body = Password,
    responses((status = 200, description = "`base32` and `otpauth_url`."), (status = 400, description = "`password_required`.")))]
async fn generate(
    State(app): State<App>,
    session: Session,
    parts: Parts,
    Taken(given): Taken<Password>,
) -> Result<Response, Response> {
    let mut answered = hand_over(&app, parts, "/setup", json!({ "password": given.password })).await?;
    session.insert(SETUP, answered.take("setup")).await.map_err(refused)?;
    let body = json!({ "base32": answered.take("secret"), "otpauth_url": answered.take("otpauth_uri") });
    Ok(answered.told(body))
}

/// The first code: it is on. What the tutorial lacks comes with it, the codes for a lost phone.
#[utoipa::path(post, path = "/api/auth/otp/verify", tag = "tutorial", request_body = Token,
    responses((status = 200, description = "`otp_verified` and `backup_codes`."), (status = 400, description = "`invalid_code`."),
        (status = 410, description = "`setup_expired`.")))]
async fn verify(
    State(app): State<App>,
    session: Session,
    parts: Parts,
    Taken(given): Taken<Token>,
) -> Result<Response, Response> {
    let kept: Option<String> = session.get(SETUP).await.map_err(refused)?;
    let body = json!({ "setup": kept.unwrap_or_default(), "code": given.token });
    let mut answered = hand_over(&app, parts, "/setup/confirm", body).await?;
    session.remove_value(SETUP).await.map_err(refused)?;
    let body = json!({ "otp_verified": true, "backup_codes": answered.take("backup_codes") });
    Ok(answered.told(body))
}

/// The second step of the sign-in, of whoever gave the password in this session.
#[utoipa::path(post, path = "/api/auth/otp/validate", tag = "tutorial", request_body = Token,
    responses((status = 200, description = "`otp_valid`: signed in."), (status = 401, description = "`invalid_code`."),
        (status = 410, description = "`challenge_expired`.")))]
async fn validate(State(app): State<App>, parts: Parts, Taken(given): Taken<Token>) -> Result<Response, Response> {
    let answered = hand_over(&app, parts, "/verify", json!({ "code": given.token })).await?;
    Ok(answered.told(json!({ "otp_valid": true })))
}

/// Off again. It wants the password and a code that is not older than five minutes.
#[utoipa::path(post, path = "/api/auth/otp/disable", tag = "tutorial", request_body = Password,
    responses((status = 200, description = "`otp_disabled`."), (status = 400, description = "`wrong_password`."),
        (status = 401, description = "`assurance_required`.")))]
async fn disable(State(app): State<App>, parts: Parts, Taken(given): Taken<Password>) -> Result<Response, Response> {
    let answered = hand_over(&app, parts, "/disable", json!({ "password": given.password })).await?;
    Ok(answered.told(json!({ "otp_disabled": true })))
}

fn refused(error: tower_sessions::session::Error) -> Response {
    Problem::from(error).into_response()
}
