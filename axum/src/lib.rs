//! # Two-factor sign-in for axum
//!
//! The HTTP contract of Twinlock as a router, a guard for the application's own routes, and the second step of its login.
//!
//! ```text
//!  Router ─ /2fa        TwoFactorRoutes::router()        set up, verify, step up, settings, pages
//!         ─ /2fa/admin  TwoFactorRoutes::admin_router()  the help desk
//!         ─ /payout     … .route_layer(routes.require(Some(300)))
//! ```
//!
//! ```
//! use axum::http::request::Parts;
//! use twinlock::{AsyncTwoFactor, Engine, KeyRing, MemoryStorage, Policy};
//! use twinlock_axum::{Answer, Hooked, Hooks, ProofMode, TwoFactorRoutes, User, Verified};
//!
//! struct Accounts;
//!
//! impl Hooks for Accounts {
//!     async fn user(&self, _request: &Parts) -> Hooked<Option<User>> {
//!         Ok(Some(User::new("42", "ada@example.com"))) // your session, your token
//!     }
//!     async fn on_verified(&self, _request: &Parts, _verified: &Verified) -> Hooked<Answer> {
//!         Ok(Answer::none()) // make the session or the tokens of `_verified.user_id`
//!     }
//! }
//!
//! let engine = Engine::new("Acme", &KeyRing::generate("2026a")?, Policy::default(), "")?;
//! let two_factor = AsyncTwoFactor::new(engine, MemoryStorage::new());
//! let routes = TwoFactorRoutes::builder(two_factor, Accounts, ProofMode::Bearer).build()?;
//! let app: axum::Router = axum::Router::new().nest("/2fa", routes.router());
//! # let _ = app;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod blocking;
mod body;
mod calls;
mod contract;
mod dyn_hooks;
mod engine;
mod guard;
mod hooks;
#[cfg(feature = "openapi")]
mod openapi;
mod origin;
mod pages;
mod place;
mod problems;
mod proof;
mod reply;
mod request;
mod require;
mod routes;
mod service;
#[cfg(feature = "sessions")]
mod session;
mod sign_in;

pub use blocking::Blocking;
pub use hooks::{Answer, Hooked, Hooks, Occasion, Stop, User, Verified};
pub use proof::ProofMode;
pub use require::{Require, RequireLayer};
pub use routes::{Builder, ConfigurationError, Proof, TwoFactorRoutes};
pub use sign_in::Login;
