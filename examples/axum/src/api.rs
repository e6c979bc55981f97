//! Register, sign in, go on, sign out: `/api/auth`. The signed-in user's own account: `/api/user`.

use axum::extract::{FromRequest, FromRequestParts, State};
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use twinlock::Code;
use twinlock_axum::Login;
use unicode_normalization::UnicodeNormalization;
use utoipa::ToSchema;

use crate::App;
use crate::accounts::User;
use crate::problems::{Problem, fault};
use crate::sessions::{self, SignedIn};
use crate::tries::network;
use crate::two_factor::{FRESH, address, csrf_cookie};

/// A JSON body in the shape it must have.
#[derive(FromRequest)]
#[from_request(via(Json), rejection(Problem))]
pub(crate) struct Taken<T>(pub(crate) T);

/// The signed-in user, with what their session keeps.
pub(crate) struct Current(pub(crate) User, pub(crate) SignedIn);

impl FromRequestParts<App> for Current {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let found = app.doorkeeper.user(parts).await?;
        found.map(|(user, kept)| Self(user, kept)).ok_or(Problem::Twinlock(Code::NotSignedIn))
    }
}

/// What a new account is made of.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Registration {
    /// 3 to 32 letters, digits, dots, dashes or underscores.
    #[serde(alias = "name")]
    username: String,
    /// Only a letter sent there would prove it.
    email: String,
    /// 8 to 256 characters.
    password: String,
}

/// What a sign-in takes.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Credentials {
    /// The name or the address.
    #[serde(alias = "email")]
    username: String,
    /// The password.
    password: String,
    /// The code of the second factor, where both steps are to be one.
    code: Option<String>,
    /// Do not ask for a code in this browser for 30 days.
    #[serde(default)]
    trust_device: bool,
}

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
pub(crate) struct PasswordChange {
    /// The one that counts.
    password: String,
    /// 8 to 256 characters.
    new_password: String,
}

/// Who is signed in, and how they proved it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    id: String,
    username: String,
    email: String,
    role: &'static str,
    amr: Vec<String>,
}

/// `/api/auth` but for Twinlock's own calls.
pub(crate) fn auth() -> Router<App> {
    Router::new()
        .route("/register", post(register))
        .route("/login", post(login))
        .route("/refresh", post(refresh))
        .route("/logout", post(logout))
}

/// `/api/user`. The guards: a new password wants a fresh code of whoever has a second factor, closing the account wants one of everybody.
pub(crate) fn user(app: &App) -> Router<App> {
    Router::new()
        .route("/me", get(me))
        .merge(Router::new().route("/password", post(password)).route_layer(app.routes.require_if_enabled(Some(FRESH))))
        .merge(Router::new().route("/account", delete(close)).route_layer(app.routes.require(Some(FRESH))))
}

fn key(app: &App, request: &Parts, what: &str) -> String {
    let place = address(request, &app.settings).map_or_else(|| "unknown".to_owned(), network);
    format!("{what} {place}")
}

/// A name without `@`, an address with one, a password of some length. SP 800-63B-4: length matters, composition rules do not.
fn is_account(name: &str, email: &str, password: &str) -> bool {
    let letters = |c: char| c.is_alphanumeric() || "._-".contains(c);
    let address = email.split_once('@').is_some_and(|(local, domain)| {
        (1..=64).contains(&local.len()) && !domain.contains('@') && domain.split('.').all(|label| !label.is_empty())
    });
    let printable = !email.contains(|c: char| c.is_whitespace() || c.is_control());
    (3..=32).contains(&name.chars().count())
        && name.chars().all(letters)
        && address
        && printable
        && email.len() <= 254
        && is_password(password)
}

fn is_password(text: &str) -> bool {
    (8..=256).contains(&text.chars().count())
}

/// Makes an account; sign in with it afterwards.
#[utoipa::path(post, path = "/api/auth/register", tag = "account", request_body = Registration,
    responses((status = 201, description = "Made."), (status = 409, description = "`username_taken` or `email_taken`.")))]
async fn register(
    State(app): State<App>,
    parts: Parts,
    Taken(given): Taken<Registration>,
) -> Result<Response, Problem> {
    app.sign_in_tries.take(&key(&app, &parts, "register"))?;
    let name: String = given.username.trim().nfkc().collect();
    let email = given.email.trim().to_owned();
    if !is_account(&name, &email, &given.password) {
        return Err(Problem::Twinlock(Code::MalformedRequest));
    }
    let user = app.doorkeeper.accounts.create(name, email, given.password).await?;
    Ok((StatusCode::CREATED, Json(json!({ "id": user.id, "username": user.username }))).into_response())
}

/// A session, or `two_factor_required` with a challenge for `/api/auth/2fa/verify`.
#[utoipa::path(post, path = "/api/auth/login", tag = "account", request_body = Credentials,
    responses((status = 200, description = "Signed in, or a challenge."), (status = 401, description = "`wrong_credentials`.")))]
async fn login(State(app): State<App>, parts: Parts, Taken(given): Taken<Credentials>) -> Result<Response, Problem> {
    app.sign_in_tries.take(&key(&app, &parts, "login"))?;
    let user = app.doorkeeper.accounts.authenticate(&given.username, given.password).await?;
    let user = user.ok_or(Problem::WrongCredentials)?;
    let form = Login { code: given.code, trust_device: given.trust_device, ..Login::default() };
    Ok(app.routes.login(&parts, Some(user.for_two_factor()), &form).await)
}

/// A session needs no new tokens; who asks hears whether it still goes on.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "account",
    responses((status = 200, description = "It goes on."), (status = 401, description = "`session_ended`.")))]
async fn refresh(State(app): State<App>, parts: Parts) -> Result<Json<Value>, Problem> {
    app.doorkeeper.user(&parts).await?.ok_or(Problem::SessionEnded)?;
    Ok(Json(json!({})))
}

/// Ends the session on the server. The browser stays known to Twinlock.
#[utoipa::path(post, path = "/api/auth/logout", tag = "account", responses((status = 204, description = "Over.")))]
async fn logout(State(app): State<App>, parts: Parts) -> Result<Response, Response> {
    let forgotten = app.routes.forget(&parts).await.map_err(|response| *response)?;
    let mut response = ended(&app, &parts).await.map_err(IntoResponse::into_response)?;
    response.headers_mut().extend(forgotten);
    Ok(response)
}

async fn ended(app: &App, request: &Parts) -> Result<Response, Problem> {
    sessions::session_of(request)?.flush().await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    let dropped = HeaderValue::from_str(&csrf_cookie(&app.settings, "")).map_err(fault)?;
    response.headers_mut().append(SET_COOKIE, dropped);
    Ok(response)
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/user/me", tag = "account",
    responses((status = 200, body = Me), (status = 401, description = "`not_signed_in`.")))]
async fn me(Current(user, signed_in): Current) -> Json<Me> {
    let User { id, username, email, .. } = user;
    Json(Me { id, username, email, role: "user", amr: signed_in.amr })
}

/// A new password. Every other session ends, trusted devices are asked for a code again.
#[utoipa::path(post, path = "/api/user/password", tag = "account", request_body = PasswordChange,
    responses((status = 204, description = "Changed."), (status = 400, description = "`wrong_password`."),
        (status = 401, description = "`not_signed_in`, `assurance_required`.")))]
async fn password(
    State(app): State<App>,
    Current(user, mut signed_in): Current,
    parts: Parts,
    Taken(given): Taken<PasswordChange>,
) -> Result<StatusCode, Problem> {
    app.password_tries.take(&user.id)?;
    if !is_password(&given.new_password) {
        return Err(Problem::Twinlock(Code::MalformedRequest));
    }
    if !user.has_password(given.password).await? {
        return Err(Problem::Twinlock(Code::WrongPassword));
    }
    let accounts = &app.doorkeeper.accounts;
    accounts.change_password(user.id.clone(), given.new_password).await?;
    signed_in.generation = accounts.new_generation(user.id.clone()).await?;
    sessions::put(&parts, &signed_in).await?;
    app.two_factor.password_changed(&user.id, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The sensitive action: it wants a code that is not older than five minutes.
#[utoipa::path(delete, path = "/api/user/account", tag = "account",
    responses((status = 204, description = "Gone."), (status = 401, description = "`not_signed_in`, `assurance_required`."),
        (status = 403, description = "`not_enabled`.")))]
async fn close(State(app): State<App>, Current(user, _): Current, parts: Parts) -> Result<Response, Problem> {
    app.doorkeeper.accounts.close(user.id.clone()).await?;
    finish_closing(&app, user.id).await?;
    ended(&app, &parts).await
}

/// First the second factor, then the account: nobody can ever sign in to one whose second factor is gone already. Whatever fails is
/// taken up at the next start.
pub(crate) async fn finish_closing(app: &App, user_id: String) -> Result<(), Problem> {
    app.two_factor.erase(&user_id).await?;
    app.doorkeeper.accounts.remove(user_id).await
}
