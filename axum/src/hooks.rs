//! What the application tells Twinlock, and what it is told.

use axum::Json;
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use std::net::SocketAddr;

/// A user of the application.
///
/// ```
/// let user = twinlock_axum::User::new("42", "ada@example.com");
/// assert_eq!(user.id, "42");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The application's own immutable id; never an e-mail address.
    pub id: String,
    /// What the authenticator app shows below the issuer, e.g. the e-mail address; a long one is shown in part.
    pub account_name: String,
}

impl User {
    /// A user by id and account name.
    pub fn new(id: impl Into<String>, account_name: impl Into<String>) -> Self {
        Self { id: id.into(), account_name: account_name.into() }
    }
}

/// When a proof was given.
///
/// ```
/// assert_eq!(twinlock_axum::Occasion::StepUp.as_str(), "step_up");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// The user signs in.
    SignIn,
    /// A signed-in user has set up an authenticator.
    Setup,
    /// A signed-in user has proved the second factor again.
    StepUp,
}

impl Occasion {
    /// `sign_in`, `setup` or `step_up`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Setup => "setup",
            Self::StepUp => "step_up",
        }
    }
}

/// A sign-in, a setup or a step-up that succeeded: what [`Hooks::on_verified`] makes a session or tokens of.
/// Its `Debug` form shows no token.
///
/// ```
/// use twinlock_axum::{Occasion, Verified};
///
/// /// What the application's own token says of how its owner proved who they are (RFC 8176).
/// fn amr(verified: &Verified) -> &'static [&'static str] {
///     if matches!(verified.method, "totp" | "backup_code") { &["pwd", "otp"] } else { &["pwd"] }
/// }
///
/// fn is_new_session(verified: &Verified) -> bool {
///     verified.occasion == Occasion::SignIn
/// }
/// ```
#[non_exhaustive]
pub struct Verified {
    /// The account to sign in: this one and no other.
    pub user_id: String,
    /// At `Setup` and `StepUp` the user was signed in before.
    pub occasion: Occasion,
    /// `none` (no second factor yet), `device` (a trusted browser), `totp` or `backup_code`; kinds will be added.
    pub method: &'static str,
    /// Goes into your own token (claim `tfa`, kept on refresh) if you read it back with `Builder::assurance`; else leave it alone.
    pub assurance: Option<String>,
    /// Goes into your own cookie if you read it back with `Builder::device`; else leave it alone.
    pub device: Option<String>,
    /// When the second factor was proved, Unix seconds.
    pub verified_at: Option<u64>,
    /// What was given to [`Login::carry`](crate::Login::carry): remember-me, the page to return to.
    pub carry: Option<String>,
    /// Which authenticator it was.
    pub authenticator_id: Option<String>,
    /// How many backup codes are left.
    pub backup_codes_left: Option<u8>,
    /// The user has no second factor but must set one up ([`Hooks::required_for`]).
    pub enrollment_required: bool,
}

impl std::fmt::Debug for Verified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (occasion, method) = (self.occasion, self.method);
        f.debug_struct("Verified").field("occasion", &occasion).field("method", &method).finish_non_exhaustive()
    }
}

/// What [`Hooks::on_verified`] answers.
///
/// ```
/// use axum::http::header::SET_COOKIE;
/// use axum::response::IntoResponse;
/// use axum::Json;
/// use twinlock_axum::Answer;
///
/// let token: Answer = [("access_token", "eyJ…")].into();
/// let cookie: Answer = ([(SET_COOKIE, "id=…; HttpOnly")], Json(serde_json::json!({}))).into_response().into();
/// # let _ = (token, cookie);
/// ```
pub enum Answer {
    /// Members of a JSON object, which the contract's own join.
    Members(Map<String, Value>),
    /// A whole response. A JSON object in it is joined with the contract's members; its cookies and headers stay.
    Response(Box<Response>),
}

impl Answer {
    /// Nothing of one's own.
    #[must_use]
    pub fn none() -> Self {
        Self::Members(Map::new())
    }
}

impl From<Map<String, Value>> for Answer {
    fn from(members: Map<String, Value>) -> Self {
        Self::Members(members)
    }
}

/// `[("access_token", token)].into()`
impl<K: Into<String>, V: Into<Value>, const N: usize> From<[(K, V); N]> for Answer {
    fn from(members: [(K, V); N]) -> Self {
        Self::Members(members.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self::Response(Box::new(response))
    }
}

impl From<Json<Map<String, Value>>> for Answer {
    fn from(Json(members): Json<Map<String, Value>>) -> Self {
        Self::Members(members)
    }
}

/// A hook that cannot answer: the response that goes out instead. With `From<YourError> for Stop` hooks may use `?`.
///
/// ```
/// use axum::http::StatusCode;
/// use twinlock_axum::Stop;
///
/// struct DatabaseGone;
///
/// impl From<DatabaseGone> for Stop {
///     fn from(_: DatabaseGone) -> Self {
///         Stop::with(StatusCode::SERVICE_UNAVAILABLE)
///     }
/// }
/// ```
pub struct Stop(pub(crate) Box<Response>);

impl Stop {
    /// Ends the request with that response, e.g. `Stop::with(StatusCode::SERVICE_UNAVAILABLE)`.
    pub fn with(response: impl IntoResponse) -> Self {
        Self(Box::new(response.into_response()))
    }
}

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// What a hook gives, or the response that goes out instead.
///
/// ```
/// use twinlock_axum::{Hooked, User};
///
/// fn nobody() -> Hooked<Option<User>> {
///     Ok(None)
/// }
/// # assert!(nobody().is_ok());
/// ```
pub type Hooked<T> = Result<T, Stop>;

/// The application's own knowledge. `user` and `on_verified` are required.
///
/// Methods may be written as `async fn`. `request` has the headers and, in its extensions, what layers put there (a
/// `tower_sessions::Session`, your own token's claims).
///
/// ```
/// use axum::http::request::Parts;
/// use twinlock_axum::{Answer, Hooked, Hooks, User, Verified};
///
/// /// Put there by a layer that has checked the access token.
/// #[derive(Clone)]
/// struct Claims {
///     sub: String,
/// }
///
/// struct Accounts;
///
/// impl Hooks for Accounts {
///     async fn user(&self, request: &Parts) -> Hooked<Option<User>> {
///         Ok(request.extensions.get::<Claims>().map(|claims| User::new(&claims.sub, "ada@example.com")))
///     }
///
///     async fn on_verified(&self, _request: &Parts, verified: &Verified) -> Hooked<Answer> {
///         Ok([("access_token", format!("a token of {}", verified.user_id))].into())
///     }
///
///     async fn required_for(&self, user: &User) -> Hooked<bool> {
///         Ok(user.id.starts_with("admin-"))
///     }
/// }
/// ```
pub trait Hooks: Send + Sync + 'static {
    /// Who is signed in, or nobody.
    fn user(&self, request: &Parts) -> impl Future<Output = Hooked<Option<User>>> + Send;

    /// Makes the session or the tokens of `verified.user_id`.
    fn on_verified(&self, request: &Parts, verified: &Verified) -> impl Future<Output = Hooked<Answer>> + Send;

    /// Whether this user must have a second factor.
    fn required_for(&self, user: &User) -> impl Future<Output = Hooked<bool>> + Send {
        let _ = user;
        async { Ok(false) }
    }

    /// Whether the first setup and switching off want the password; then `reauthenticate` is asked.
    fn reauthenticates(&self) -> bool {
        false
    }

    /// Whether that is the user's password. Limit the tries here as you do at your login.
    fn reauthenticate(
        &self,
        request: &Parts,
        user: &User,
        password: &str,
    ) -> impl Future<Output = Hooked<bool>> + Send {
        let _ = (request, user, password);
        async { Ok(false) }
    }

    /// Whether the caller may administer others' second factors; administrators need a second factor themselves. Nobody may
    /// unless this says so.
    fn may_administer(&self, request: &Parts) -> impl Future<Output = Hooked<bool>> + Send {
        let _ = request;
        async { Ok(false) }
    }

    /// Whose address goes into events: of the connection (with `into_make_service_with_connect_info`), unless a proxy of yours
    /// tells a better one.
    fn client_ip(&self, request: &Parts) -> Option<String> {
        request.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_string())
    }

    /// Your framework's CSRF token, told by `GET /status`.
    fn csrf(&self, request: &Parts) -> Option<String> {
        let _ = request;
        None
    }
}
