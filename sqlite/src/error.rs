//! Why a file could not be opened, and how failures of SQLite become the contract's [`StorageError`].

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use twinlock::StorageError;

/// Why a file could not be opened, and what to do about it.
///
/// ```
/// use twinlock_sqlite::{OpenError, Options, SqliteStorage};
///
/// let refused = SqliteStorage::open(":memory:", Options::default());
/// assert!(matches!(refused, Err(OpenError::InMemory)));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A database in memory: each connection would have its own.
    #[error("a database in memory is not shared between connections: use MemoryStorage, or name a file")]
    InMemory,
    /// An empty path, a URI, or a path with a zero byte.
    #[error("this is not the path of a file: give a plain path, no URI")]
    NotAPath,
    /// The path is a folder's.
    #[error("{} is a folder: name a file in it", file.display())]
    Folder {
        /// The path.
        file: PathBuf,
    },
    /// There is no such folder to make the file in.
    #[error("the folder of {} does not exist: make it, or check the path", file.display())]
    NoFolder {
        /// The path.
        file: PathBuf,
    },
    /// There is no such file and it was not to be made.
    #[error("there is no file {}: check the path, or open it once with `create` to make it", file.display())]
    Missing {
        /// The path.
        file: PathBuf,
    },
    /// The process may not read or write the file, or not its folder, where SQLite keeps two files beside it.
    #[error("{} cannot be opened for writing: this process needs the right to read and write it and its folder", file.display())]
    NotWritable {
        /// The path.
        file: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not a database: check the path", file.display())]
    NotADatabase {
        /// The path.
        file: PathBuf,
    },
    /// The file has no tables and it was not to be set up.
    #[error("{} is an empty database: check the path, or open it once with `create` to set it up", file.display())]
    Empty {
        /// The path.
        file: PathBuf,
    },
    /// Something else lives in the file.
    #[error("{} holds other data ({found}): give Twinlock a file of its own", file.display())]
    Foreign {
        /// The path.
        file: PathBuf,
        /// The first foreign thing that was found.
        found: String,
    },
    /// A newer release has set up the file.
    #[error("{} has schema {found}, this release knows {known}: upgrade this application", file.display())]
    Newer {
        /// The path.
        file: PathBuf,
        /// The schema's version in the file.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// The file is Twinlock's, but damaged.
    #[error("{} is damaged ({what}): restore it from a backup", file.display())]
    Damaged {
        /// The path.
        file: PathBuf,
        /// What was noticed.
        what: String,
    },
    /// The file lies on a file system that cannot do what many processes on one file need.
    #[error("{} lies on a file system without shared memory, such as a network drive: put it on a local disk", file.display())]
    NoSharedMemory {
        /// The path.
        file: PathBuf,
    },
    /// Others kept the file locked for the whole time-out.
    #[error("the database stayed locked by others until the time-out")]
    Busy,
    /// This process was forked while another thread was in a call to SQLite, whose half-done work it inherited.
    #[error(
        "this process was forked while another thread was using a database, which SQLite cannot survive: fork before starting threads, or run twinlock_sqlite::fork::prepare before and fork::resume after"
    )]
    Forked,
    /// Anything else SQLite says.
    #[error("the database failed")]
    Failed(#[source] rusqlite::Error),
    /// Anything else the operating system says.
    #[error("the file could not be made")]
    Io(#[source] std::io::Error),
}

impl OpenError {
    /// What SQLite said about that file, in words that tell what to do.
    pub(crate) fn sqlite(file: &Path, error: rusqlite::Error) -> Self {
        let file = file.to_path_buf();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { file },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { file, what: error.to_string() },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::NotWritable { file }
            }
            _ => Self::Failed(error),
        }
    }

    pub(crate) fn io(file: &Path, error: std::io::Error) -> Self {
        let file = file.to_path_buf();
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::NoFolder { file },
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => Self::NotWritable { file },
            _ => Self::Io(error),
        }
    }
}

impl From<OpenError> for StorageError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Busy => Self::Timeout,
            other => Self::failed(other),
        }
    }
}

/// Whether SQLite gave up waiting for others.
pub(crate) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Whether the connection is as good as before: others were in the way, or the row was refused.
pub(crate) fn leaves_connection_sound(error: &rusqlite::Error) -> bool {
    is_busy(error) || error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}

pub(crate) fn storage_error(error: rusqlite::Error) -> StorageError {
    if is_busy(&error) { StorageError::Timeout } else { StorageError::failed(error) }
}
