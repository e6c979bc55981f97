//! `TwoFactorRoutes`: the contract on an axum application.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRef, FromRequestParts, Request};
use axum::http::header::{ALLOW, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use percent_encoding::percent_decode_str;
use twinlock::{AsyncReports, AsyncStorage, AsyncTwoFactor, Clock, Code};

use crate::contract::{ADMIN_ROUTES, ROUTES, Route, Verb};
use crate::hooks::{Hooks, User};
use crate::origin::OriginCheck;
use crate::pages;
use crate::problems::{Refused, refused};
use crate::proof::{Places, ProofMode};
use crate::reply::Reply;
use crate::require::RequireLayer;
use crate::service::{Service, not_to_be_kept};
use crate::sign_in::Login;

/// What cannot be configured so.
///
/// ```
/// assert!(twinlock_axum::ConfigurationError::Origin.to_string().contains("allowed_origins"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// One of `allowed_origins` is no origin such as `https://app.example.com`: scheme, host and port.
    Origin,
}

impl std::fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("allowed_origins holds origins such as https://app.example.com: scheme, host and port")
    }
}

impl std::error::Error for ConfigurationError {}

/// The routes of the contract, the guard for your own routes, and the second step of your login. Cheap to clone; put it into your
/// application's state.
///
/// ```
/// use axum::Router;
/// use axum::routing::{get, post};
/// use twinlock_axum::TwoFactorRoutes;
///
/// fn application(routes: TwoFactorRoutes) -> Router {
///     Router::new()
///         .nest("/2fa", routes.router())
///         .nest("/2fa/admin", routes.admin_router())
///         .route("/payout", post(|| async { "paid" }).route_layer(routes.require(Some(300))))
///         .route("/orders", get(|| async { "orders" }).route_layer(routes.require_if_enabled(None)))
///         .with_state(routes)
/// }
/// ```
#[derive(Clone)]
pub struct TwoFactorRoutes(pub(crate) Arc<Service>);

/// What can be set beside the engine and the hooks.
///
/// ```
/// use twinlock_axum::{Builder, ConfigurationError, TwoFactorRoutes};
///
/// fn routes(builder: Builder) -> Result<TwoFactorRoutes, ConfigurationError> {
///     builder.allowed_origins(["https://app.example.com"]).setup_url("/account").build()
/// }
/// ```
pub struct Builder {
    engine: Arc<dyn crate::engine::DynEngine>,
    hooks: Box<dyn crate::dyn_hooks::DynHooks>,
    mode: ProofMode,
    assurance: Option<crate::place::Reader>,
    device: Option<crate::place::Reader>,
    cookie_max_age: Option<u32>,
    allowed_origins: Vec<String>,
    setup_url: Option<String>,
}

impl TwoFactorRoutes {
    /// Begins with the engine, the application's hooks, and where proofs live. Hand in an `Arc` of the engine and keep a clone where
    /// you tell it of changed passwords and deleted accounts.
    pub fn builder<S, C>(
        two_factor: impl Into<Arc<AsyncTwoFactor<S, C>>>,
        hooks: impl Hooks,
        proof: ProofMode,
    ) -> Builder
    where
        S: AsyncStorage + AsyncReports + 'static,
        C: Clock + 'static,
    {
        let engine: Arc<AsyncTwoFactor<S, C>> = two_factor.into();
        Builder {
            engine,
            hooks: Box::new(hooks),
            mode: proof,
            assurance: None,
            device: None,
            cookie_max_age: None,
            allowed_origins: Vec::new(),
            setup_url: None,
        }
    }

    /// The contract and the pages: `Router::new().nest("/2fa", routes.router())`.
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        self.serve(&ROUTES, Matching::Segments)
    }

    /// The help desk's calls: `.nest("/2fa/admin", routes.admin_router())`.
    pub fn admin_router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        self.serve(&ADMIN_ROUTES, Matching::UserIds)
    }

    /// What your login answers after the password was right; `user` is nobody when it was not.
    ///
    /// Without a second factor, or in a trusted browser, that is `on_verified`'s answer; else a challenge for `/verify`. With a code
    /// both steps are one call. Refusals are answers too.
    ///
    /// ```
    /// use axum::extract::State;
    /// use axum::http::request::Parts;
    /// use axum::response::Response;
    /// use axum::Json;
    /// use twinlock_axum::{Login, TwoFactorRoutes, User};
    /// # #[derive(serde::Deserialize)]
    /// # struct Credentials;
    /// # fn check_password(_: Credentials) -> Option<User> { None }
    ///
    /// async fn login(State(routes): State<TwoFactorRoutes>, request: Parts, Json(form): Json<Credentials>) -> Response {
    ///     routes.login(&request, check_password(form), &Login::default()).await
    /// }
    /// ```
    pub async fn login(&self, request: &Parts, user: Option<User>, login: &Login) -> Response {
        self.0.login(request, user, login).await
    }

    /// A layer that lets through who proved a second factor, at most `max_age` seconds ago; the [`User`] is then in the request's
    /// extensions. Refuses with 401 `not_signed_in`, 401 `assurance_required` or 403 `not_enabled`.
    #[must_use]
    pub fn require(&self, max_age: Option<u64>) -> RequireLayer {
        RequireLayer::new(self.clone(), max_age, false)
    }

    /// As `require`, for whole applications: users without a second factor pass, unless `required_for` wants them to have one.
    #[must_use]
    pub fn require_if_enabled(&self, max_age: Option<u64>) -> RequireLayer {
        RequireLayer::new(self.clone(), max_age, true)
    }

    /// At sign-out: drops the proof from session or cookies; answer with these headers. The browser stays known, so its owner keeps
    /// its lane.
    ///
    /// ```
    /// use axum::extract::State;
    /// use axum::http::request::Parts;
    /// use axum::http::{HeaderMap, StatusCode};
    /// use axum::response::Response;
    /// use twinlock_axum::TwoFactorRoutes;
    ///
    /// async fn logout(State(routes): State<TwoFactorRoutes>, request: Parts) -> Result<(StatusCode, HeaderMap), Response> {
    ///     let dropped = routes.forget(&request).await.map_err(|response| *response)?;
    ///     Ok((StatusCode::NO_CONTENT, dropped)) // and your own session ends
    /// }
    /// ```
    ///
    /// # Errors
    /// The response to give when the session store fails.
    pub async fn forget(&self, request: &Parts) -> Result<HeaderMap, Box<Response>> {
        let mut reply = Reply::done();
        let forgotten = self.0.proof.forget(request, &mut reply).await;
        forgotten.map_err(|refused| Box::new(refused.into_response()))?;
        let mut headers = reply.into_response().await.into_parts().0.headers;
        headers.retain_only(&SET_COOKIE);
        Ok(headers)
    }

    /// The guard, for handlers of your own.
    pub(crate) async fn guard(&self, request: &Parts, max_age: Option<u64>, if_enabled: bool) -> Result<User, Refused> {
        self.0.require(request, max_age, if_enabled).await
    }

    fn serve<S: Clone + Send + Sync + 'static>(&self, routes: &'static [Route], matching: Matching) -> Router<S> {
        let service = Arc::clone(&self.0);
        let handler = move |request: Request| {
            let service = Arc::clone(&service);
            async move { answer(&service, routes, matching, request).await }
        };
        // One route for all: a path is matched as it came, still percent-encoded.
        Router::new().route("/{*path}", any(handler))
    }
}

impl Builder {
    /// Reads the proof from your own token (claim `tfa`, which `on_verified` put there and refreshing keeps).
    #[must_use]
    pub fn assurance(mut self, read: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        self.assurance = Some(Arc::new(read));
        self
    }

    /// Reads the device token from a cookie of your own.
    #[must_use]
    pub fn device(mut self, read: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        self.device = Some(Arc::new(read));
        self
    }

    /// How many seconds the browser keeps the proof with `ProofMode::Cookie`; without it, until it is closed.
    #[must_use]
    pub fn cookie_max_age(mut self, seconds: u32) -> Self {
        self.cookie_max_age = Some(seconds);
        self
    }

    /// The other sites, scheme and port included, whose pages may call.
    #[must_use]
    pub fn allowed_origins<T: Into<String>>(mut self, origins: impl IntoIterator<Item = T>) -> Self {
        self.allowed_origins = origins.into_iter().map(Into::into).collect();
        self
    }

    /// Told to users who are refused because they have no second factor.
    #[must_use]
    pub fn setup_url(mut self, url: impl Into<String>) -> Self {
        self.setup_url = Some(url.into());
        self
    }

    /// The routes.
    ///
    /// # Errors
    /// [`ConfigurationError`]
    pub fn build(self) -> Result<TwoFactorRoutes, ConfigurationError> {
        let only_with_cookies = self.mode == ProofMode::Bearer;
        let origin = OriginCheck::new(&self.allowed_origins, only_with_cookies).ok_or(ConfigurationError::Origin)?;
        Ok(TwoFactorRoutes(Arc::new(Service {
            engine: self.engine,
            hooks: self.hooks,
            proof: Places::new(self.mode, self.assurance, self.device, self.cookie_max_age),
            origin,
            setup_url: self.setup_url,
        })))
    }
}

/// An extractor: the signed-in user, whose second factor is on and was proved, however long ago. For fresher proofs use
/// [`TwoFactorRoutes::require`].
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use twinlock_axum::{Proof, TwoFactorRoutes};
///
/// async fn orders(Proof(user): Proof) -> String {
///     format!("orders of {}", user.id)
/// }
///
/// fn application(routes: TwoFactorRoutes) -> Router {
///     Router::new().route("/orders", get(orders)).with_state(routes)
/// }
/// ```
pub struct Proof(pub User);

impl<S> FromRequestParts<S> for Proof
where
    TwoFactorRoutes: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let routes = TwoFactorRoutes::from_ref(state);
        routes.guard(parts, None, false).await.map(Proof).map_err(Refused::into_response)
    }
}

trait RetainOnly {
    fn retain_only(&mut self, name: &axum::http::HeaderName);
}

impl RetainOnly for HeaderMap {
    fn retain_only(&mut self, name: &axum::http::HeaderName) {
        let kept: Vec<HeaderValue> = self.get_all(name).iter().cloned().collect();
        self.clear();
        kept.into_iter().for_each(|value| {
            self.append(name.clone(), value);
        });
    }
}

/// How `{id}` is read in a path.
#[derive(Clone, Copy)]
enum Matching {
    /// It has no slash.
    Segments,
    /// A user id may hold slashes, and proxies write `%2F` as such; `/reset` and `/unlock` at the end are calls and no part of it.
    UserIds,
}

async fn answer(service: &Service, routes: &'static [Route], matching: Matching, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    if let (Matching::Segments, Some(name)) = (matching, path.strip_prefix("/web/")) {
        return pages::page(&parts, name).unwrap_or_else(unknown);
    }
    let there: Vec<(&Route, &str)> =
        routes.iter().filter_map(|route| id_in(route.path, &path, matching).map(|id| (route, id))).collect();
    let asked = if parts.method == axum::http::Method::HEAD { axum::http::Method::GET } else { parts.method.clone() };
    match there.iter().find(|(route, _)| route.method.http() == asked) {
        Some((route, id)) => {
            let response = service.answer(route, &parts, &decoded(id), body).await;
            if parts.method == axum::http::Method::HEAD { without_body(response) } else { response }
        }
        None if there.is_empty() => unknown(),
        None => not_allowed(there.iter().map(|(route, _)| route.method)),
    }
}

/// The id in a path that is of that pattern; empty where the pattern has none.
fn id_in<'a>(pattern: &str, path: &'a str, matching: Matching) -> Option<&'a str> {
    let Some((before, after)) = pattern.split_once("{id}") else { return (pattern == path).then_some("") };
    let id = path.strip_prefix(before)?.strip_suffix(after).filter(|id| !id.is_empty())?;
    let fits = match matching {
        Matching::Segments => !id.contains('/'),
        Matching::UserIds => !after.is_empty() || !(id.ends_with("/reset") || id.ends_with("/unlock")),
    };
    fits.then_some(id)
}

/// What is percent-encoded, as text. What is no UTF-8 becomes an id that nothing has, rather than one that looks like another.
fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().map_or_else(|_| "\0".to_owned(), |text| text.into_owned())
}

fn unknown() -> Response {
    not_to_be_kept(refused(Code::NotFound).into_response())
}

fn not_allowed(methods: impl Iterator<Item = Verb>) -> Response {
    let allowed = methods.map(|verb| verb.http().to_string()).collect::<Vec<_>>().join(", ");
    let mut response = not_to_be_kept(StatusCode::METHOD_NOT_ALLOWED.into_response());
    if let Ok(allowed) = HeaderValue::from_str(&allowed) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

fn without_body(response: Response) -> Response {
    let (head, _) = response.into_parts();
    Response::from_parts(head, Body::empty())
}
