//! # Twinlock's records in the application's own database, by sqlx
//!
//! [`PgStorage`], [`MySqlStorage`] and [`SqliteStorage`] keep sealed records and events in two tables beside the application's, the
//! same that Twinlock's packages for Python, Node and the JVM use: services in several languages can share them.
//!
//! ```text
//!  SqlxStorage ── up to 4 connections of its own    one conditional write per step, events in the same commit
//! ```
//!
//! ```no_run
//! # #[cfg(feature = "postgres")] {
//! use twinlock::{AsyncTwoFactor, Engine, KeyRing, Policy};
//! use twinlock_sqlx::{Options, PgStorage};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let storage = PgStorage::open("postgres://twinlock@db.internal/acme", Options::default())?;
//! storage.ready().await?; // else the first sign-in tells what is wrong
//! let engine = Engine::new("Acme", &KeyRing::parse(&std::env::var("TWINLOCK_KEYS")?)?, Policy::default(), "")?;
//! let two_factor = AsyncTwoFactor::new(engine, storage);
//! assert!(!two_factor.status("42", Default::default()).await?.enabled);
//! # Ok(())
//! # }
//! # }
//! ```
//!
//! **Never in the application's transaction**, whose rollback would undo a lockout, and never waiting for a connection that the
//! application itself holds: a URL is taken, never a pool.
//!
//! **The primary.** A standby and a read-only server are refused at every load: a code used on the primary may still look unused there.
//!
//! **Waiting.** Each call is over within [`Options::timeout`]: behind it, its connection is cut and the call refused; whether a write
//! happened is then unknown, and nobody was let in. A call that is cancelled goes on to its end without its caller.
//!
//! **SQLite.** The tables may live in the application's own file: cargo sees to it that a program has one library of SQLite.
//! An application without a database of its own uses the crate `twinlock-sqlite`.

// Without a database there is nothing to keep.
#![cfg(any(feature = "postgres", feature = "mysql", feature = "sqlite"))]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod dialect;
mod error;
#[cfg(feature = "mysql")]
mod mysql;
mod options;
mod pool;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statements;
mod store;

pub use dialect::Dialect;
pub use error::{OpenError, Refusal};
pub use options::Options;
pub use store::SqlxStorage;

/// Records and events in PostgreSQL 12 and newer.
#[cfg(feature = "postgres")]
pub type PgStorage = SqlxStorage<postgres::Pg>;

/// Records and events in MariaDB 10.6 and newer, or MySQL 8.0 by the syntax that both know (untested).
#[cfg(feature = "mysql")]
pub type MySqlStorage = SqlxStorage<mysql::My>;

/// Records and events in a file of SQLite 3.37 and newer.
#[cfg(feature = "sqlite")]
pub type SqliteStorage = SqlxStorage<sqlite::Lite>;
