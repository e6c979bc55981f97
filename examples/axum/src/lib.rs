//! Accounts and sessions in axum, with Twinlock behind the password check.
//!
//! ```text
//!  log ─ headers ─ session ─ forgery ─┬─ /api/auth      register, login, refresh, logout        api.rs
//!                                     ├─ /api/auth/2fa  Twinlock's routes and pages             two_factor.rs
//!                                     ├─ /api/auth/otp  the tutorial's calls, handed over       tutorial.rs
//!                                     ├─ /api/user      me, password, account (guarded)         api.rs
//!                                     └─ /              the pages that all examples share       pages.rs
//! ```

#![forbid(unsafe_code)]

mod accounts;
mod api;
mod clock;
mod database;
mod forgery;
mod pages;
mod passwords;
mod problems;
mod sessions;
mod settings;
mod tries;
mod tutorial;
mod two_factor;

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use minijinja::Environment;
use twinlock::Code;
use twinlock_axum::TwoFactorRoutes;

pub use crate::clock::AppClock;
pub use crate::settings::{Settings, SettingsError};
pub use crate::two_factor::BASE;

use crate::accounts::Accounts;
use crate::database::Database;
use crate::problems::Problem;
use crate::sessions::Doorkeeper;
use crate::tries::Tries;

/// Bytes of a body; the contract has the same limit.
const BODY: usize = 10_000;

/// What the routes are made of.
#[derive(Clone)]
struct App {
    settings: Arc<Settings>,
    doorkeeper: Doorkeeper,
    two_factor: Arc<two_factor::Engine>,
    routes: TwoFactorRoutes,
    /// Twinlock's routes once more, for those that hand over to them.
    contract: Router,
    sign_in_tries: Arc<Tries>,
    password_tries: Arc<Tries>,
    templates: Arc<Environment<'static>>,
}

/// Puts the application together; what an earlier one began and did not finish is finished first.
///
/// # Errors
/// A file or template that cannot be opened, with what to do about it.
pub async fn application(settings: Settings, clock: AppClock) -> Result<Router, Box<dyn Error + Send + Sync>> {
    let database = Database::open(&settings.data.join("users.db"))?;
    let sessions = sessions::layer(database.clone(), &settings);
    let app = assemble(settings, clock, database)?;
    for id in app.doorkeeper.accounts.closed().await.map_err(|_| "the accounts cannot be read")? {
        api::finish_closing(&app, id).await.map_err(|_| "an account that was closed cannot be removed")?;
    }
    let router = Router::new()
        .nest(BASE, app.routes.router())
        .nest("/api/auth/otp", tutorial::routes())
        .nest("/api/auth", api::auth())
        .nest("/api/user", api::user(&app))
        .merge(pages::routes(&app))
        .fallback(|| async { Problem::Twinlock(Code::NotFound) })
        .layer(DefaultBodyLimit::max(BODY))
        // From here on outwards: the last is the first to see a request.
        .layer(from_fn_with_state(app.clone(), forgery::refuse))
        .layer(sessions)
        .layer(from_fn_with_state(app.clone(), pages::headers))
        .layer(from_fn(pages::log));
    Ok(router.with_state(app))
}

fn assemble(settings: Settings, clock: AppClock, database: Database) -> Result<App, Box<dyn Error + Send + Sync>> {
    let settings = Arc::new(settings);
    let tries = || Arc::new(Tries::new(settings.tries_per_minute));
    let (sign_in_tries, password_tries) = (tries(), tries());
    let doorkeeper = Doorkeeper { accounts: Accounts(database), clock: clock.clone() };
    let two_factor = two_factor::open(&settings, clock)?;
    let (engine, hooks) = (Arc::clone(&two_factor), doorkeeper.clone());
    let routes = two_factor::routes(engine, &settings, hooks, Arc::clone(&password_tries))?;
    let (contract, templates) = (routes.router(), Arc::new(pages::templates()?));
    Ok(App { settings, doorkeeper, two_factor, routes, contract, sign_in_tries, password_tries, templates })
}
