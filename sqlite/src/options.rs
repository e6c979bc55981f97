//! What can be chosen when a file is opened, and which paths are taken.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::OpenError;

/// How [`SqliteStorage::open`](crate::SqliteStorage::open) behaves.
///
/// ```
/// use twinlock_sqlite::{Options, Synchronous};
///
/// let production = Options { create: false, ..Options::default() };
/// assert_eq!(production.synchronous, Synchronous::Full);
/// assert_eq!(production.busy_timeout.as_secs(), 5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether a missing file is made. `false` in production: a wrong path would otherwise look like a world without second factors.
    pub create: bool,
    /// When a commit counts as done.
    pub synchronous: Synchronous,
    /// How long a call waits for others before it gives up with [`StorageError::Timeout`](twinlock::StorageError::Timeout).
    pub busy_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { create: true, synchronous: Synchronous::Full, busy_timeout: Duration::from_secs(5) }
    }
}

/// When a commit counts as done. Both survive a crash of the process.
///
/// ```
/// assert_eq!(twinlock_sqlite::Synchronous::default(), twinlock_sqlite::Synchronous::Full);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// When it is on the disk: about a millisecond. Power loss undoes nothing.
    #[default]
    Full,
    /// When the operating system has it: about 20 µs. After a power loss the last commits may be gone, so a used code may be
    /// accepted again and failures may be forgotten.
    Normal,
}

impl Synchronous {
    pub(crate) fn pragma(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Normal => "NORMAL",
        }
    }
}

/// The absolute path of the file: connections are opened later, too, when the working directory may be another.
pub(crate) fn file(path: &Path) -> Result<PathBuf, OpenError> {
    let text = path.to_string_lossy();
    if text.contains(":memory:") || text.contains("mode=memory") {
        return Err(OpenError::InMemory);
    }
    if text.is_empty() || text.starts_with("file:") || text.contains('\0') {
        return Err(OpenError::NotAPath);
    }
    let file = std::path::absolute(path).map_err(|_| OpenError::NotAPath)?;
    match std::fs::metadata(&file) {
        Ok(found) if found.is_dir() => Err(OpenError::Folder { file }),
        // Reading a pipe or a terminal would wait for ever.
        Ok(found) if !found.is_file() => Err(OpenError::NotADatabase { file }),
        _ => Ok(file),
    }
}
