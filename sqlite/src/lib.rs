//! # Twinlock's records in one SQLite file
//!
//! [`SqliteStorage`] keeps sealed records and events in a file of its own, for any number of threads and processes at once.
//! SQLite is built in; nothing needs to be installed.
//!
//! ```text
//!  SqliteStorage ── Pool ──┬── 1 connection that writes   one conditional write per step, events in the same commit
//!                          └── up to 4 that read          every load sees every commit
//! ```
//!
//! ```
//! use twinlock::{Engine, KeyRing, Policy, TwoFactor};
//! use twinlock_sqlite::{Options, SqliteStorage};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("2fa.db");
//! let storage = SqliteStorage::open(&path, Options::default())?;
//! let engine = Engine::new("Acme", &KeyRing::generate("2026a")?, Policy::default(), "")?;
//! let two_factor = TwoFactor::new(engine, storage);
//! assert!(!two_factor.status("42", Default::default())?.enabled);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Its own file.** Two libraries of SQLite in one process on one file corrupt it (the host's beside the one built in here), so a
//! file with other tables is refused.
//!
//! **Power loss.** With [`Synchronous::Full`], the default, a save is on the disk before it is told.
//!
//! **Forks.** A store that was opened and used before a fork works in both processes; see [`fork`].

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod connection;
mod error;
pub mod fork;
mod options;
mod pool;
mod reports;
mod schema;
mod store;

pub use error::OpenError;
pub use options::{Options, Synchronous};
pub use store::SqliteStorage;
