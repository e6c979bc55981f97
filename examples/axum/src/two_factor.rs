//! Twinlock in this application: the engine, and the hooks that tie it to our users and sessions.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Json;
use axum::extract::ConnectInfo;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use serde_json::json;
use twinlock::{AsyncTwoFactor, Engine as Core, Policy};
use twinlock_axum::{Answer, Blocking, Hooked, Hooks, Occasion, ProofMode, TwoFactorRoutes, User, Verified};
use twinlock_sqlite::{Options, SqliteStorage};

use crate::clock::AppClock;
use crate::problems::Problem;
use crate::sessions::{self, Doorkeeper};
use crate::settings::Settings;
use crate::tries::Tries;

/// Where the contract stands.
pub const BASE: &str = "/api/auth/2fa";
/// A sensitive action wants a code that is not older than this, in seconds.
pub(crate) const FRESH: u64 = 300;

/// The engine on its own SQLite file.
pub(crate) type Engine = AsyncTwoFactor<Blocking<SqliteStorage>, AppClock>;

/// Opens it. Its events hold no code, secret or token: they go to the audit log as they are.
pub(crate) fn open(settings: &Settings, clock: AppClock) -> Result<Arc<Engine>, Box<dyn Error + Send + Sync>> {
    let issuer = if settings.development { "Twinlock Demo" } else { "Twinlock Example" };
    let storage = SqliteStorage::open(settings.data.join("2fa.db"), Options::default())?;
    let core = Core::new(issuer, &settings.keys, Policy::default(), "")?;
    let engine = AsyncTwoFactor::new(core, Blocking::new(storage)).with_clock(clock);
    Ok(Arc::new(engine.with_events(|event, durable| {
        let (kind, user, success) = (&*event.kind, &*event.user_id, event.success);
        tracing::info!(target: "audit", kind, user, success, durable, "second factor");
    })))
}

/// The contract with our hooks. The proof lives in the session, whose id Twinlock changes at each success.
pub(crate) fn routes(
    engine: Arc<Engine>,
    settings: &Arc<Settings>,
    doorkeeper: Doorkeeper,
    password_tries: Arc<Tries>,
) -> Result<TwoFactorRoutes, twinlock_axum::ConfigurationError> {
    let hooks = Household { settings: Arc::clone(settings), doorkeeper, password_tries };
    TwoFactorRoutes::builder(engine, hooks, ProofMode::Session)
        .allowed_origins([&settings.origin])
        .setup_url("/account")
        .build()
}

struct Household {
    settings: Arc<Settings>,
    doorkeeper: Doorkeeper,
    password_tries: Arc<Tries>,
}

impl Hooks for Household {
    async fn user(&self, request: &Parts) -> Hooked<Option<User>> {
        Ok(self.doorkeeper.user(request).await?.map(|(user, _)| user.for_two_factor()))
    }

    /// Setup and step-up go on with the session there is; a setup ends the user's others, which never proved anything.
    async fn on_verified(&self, request: &Parts, verified: &Verified) -> Hooked<Answer> {
        let proved = ["totp", "backup_code"].contains(&verified.method);
        let amr = ["pwd", "otp"].iter().take(1 + usize::from(proved)).map(|way| (*way).to_owned()).collect();
        if verified.occasion == Occasion::SignIn {
            let user = self.doorkeeper.accounts.by_id(verified.user_id.clone()).await?;
            let csrf = self.doorkeeper.begin(request, &user.ok_or(Problem::SessionEnded)?, amr).await?;
            let cookie = csrf_cookie(&self.settings, &csrf);
            return Ok(([(SET_COOKIE, cookie)], Json(json!({}))).into_response().into());
        }
        let mut signed_in = sessions::kept(request).await?.ok_or(Problem::SessionEnded)?;
        if verified.occasion == Occasion::Setup {
            signed_in.generation = self.doorkeeper.accounts.new_generation(verified.user_id.clone()).await?;
        }
        signed_in.amr = amr;
        sessions::put(request, &signed_in).await?;
        Ok(Answer::none())
    }

    fn reauthenticates(&self) -> bool {
        true
    }

    async fn reauthenticate(&self, _: &Parts, user: &User, password: &str) -> Hooked<bool> {
        self.password_tries.take(&user.id)?;
        let account = self.doorkeeper.accounts.by_id(user.id.clone()).await?.ok_or(Problem::SessionEnded)?;
        Ok(account.has_password(password.to_owned()).await?)
    }

    fn client_ip(&self, request: &Parts) -> Option<String> {
        address(request, &self.settings).map(|address| address.to_string())
    }
}

/// Who is calling: the connection's other end, or behind the proxy that ends TLS whom it names last.
#[must_use]
pub(crate) fn address(request: &Parts, settings: &Settings) -> Option<IpAddr> {
    if settings.https() {
        let line = request.headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
        return line.rsplit(',').next()?.trim().parse().ok();
    }
    request.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())
}

/// The token of the session in a cookie that our own pages can read; an empty one is dropped.
#[must_use]
pub(crate) fn csrf_cookie(settings: &Settings, token: &str) -> String {
    let mut cookie = cookie::Cookie::build((settings.cookie_name("csrf"), token.to_owned()))
        .path("/")
        .secure(settings.https())
        .same_site(cookie::SameSite::Lax);
    if token.is_empty() {
        cookie = cookie.max_age(cookie::time::Duration::ZERO);
    }
    cookie.build().to_string()
}
