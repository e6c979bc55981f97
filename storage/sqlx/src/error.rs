//! Why a storage could not be opened, and how failures of the databases become the contract's [`StorageError`].

use twinlock::StorageError;

/// Why a storage could not be opened. Nothing of the address is in it: it may hold a password.
///
/// ```
/// # #[cfg(feature = "postgres")] {
/// use twinlock_sqlx::{OpenError, Options, PgStorage};
///
/// let refused = PgStorage::open("postgres://db.internal:port/acme", Options::default());
/// assert!(matches!(refused, Err(OpenError::Address(_))));
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A setting is out of its range; the text says which.
    #[error("{0}")]
    Setting(&'static str),
    /// The URL is none of that database.
    #[error("that is not the URL of such a database")]
    Address(#[source] sqlx::Error),
}

/// Why a call failed: the source of [`StorageError::Failed`].
///
/// ```
/// use twinlock_sqlx::Refusal;
///
/// assert!(Refusal::Follower.to_string().contains("follows another"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The database, or the way to it, failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// A standby or a read-only server.
    #[error("this server only follows another: a code used there may still look unused here")]
    Follower,
    /// A row that no storage of ours can have written: nobody is let in on doubt.
    #[error("the column {0} is not as the schema says")]
    Unreadable(&'static str),
    /// What the column cannot hold is refused here: a lax server would cut it.
    #[error("what is to be stored in {0} does not fit")]
    TooLong(&'static str),
    /// The answer to a write was neither one row nor none.
    #[error("the database did not tell what it wrote")]
    Nonsense,
    /// SQLite: the file of `twinlock_sqlite::SqliteStorage`.
    #[error("this file belongs to SqliteStorage: use that for it, or name the application's own file")]
    OwnFile,
    /// SQLite: a database in memory or without a name.
    #[error("a database in memory is not shared between connections: use MemoryStorage, or name a file")]
    InMemory,
}

/// What an error of a database means to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The server gave up waiting.
    Late,
    /// Another transaction was in the way, and nothing of this one was written.
    Conflict,
    /// The connection is dead.
    Gone,
    /// Anything else.
    Failed,
}

impl Refusal {
    pub(crate) fn told(self, meaning: impl Fn(&sqlx::Error) -> Meaning) -> StorageError {
        match &self {
            Self::Database(error) if meaning(error) == Meaning::Late => StorageError::Timeout,
            _ => StorageError::failed(self),
        }
    }
}

/// What an error means whatever the database; `None` = its own code says.
pub(crate) fn without_code(error: &sqlx::Error) -> Option<Meaning> {
    match error {
        sqlx::Error::Database(_) => None,
        sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => Some(Meaning::Late),
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed => {
            Some(Meaning::Gone)
        }
        _ => Some(Meaning::Failed),
    }
}
