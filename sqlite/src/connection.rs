//! Making the file, and one connection to it.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::OpenError;
use crate::options::Options;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Reader,
    Writer,
}

/// Makes the file, readable and writable by its owner only; SQLite gives the two files beside it the same rights.
pub(crate) fn create(file: &Path) -> Result<(), OpenError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Ok(made) => settle(file, &made).map_err(|error| OpenError::io(file, error)),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(OpenError::io(file, error)),
    }
}

/// The name of a new file survives a power loss only when its folder is flushed as well.
fn settle(file: &Path, made: &File) -> std::io::Result<()> {
    made.sync_all()?;
    #[cfg(unix)]
    if let Some(folder) = file.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Opens a connection to a file that exists.
pub(crate) fn connect(file: &Path, options: &Options, role: Role) -> Result<Connection, OpenError> {
    // Without CREATE: a file that vanished must not come back empty. Without URI: a path is a path.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(|error| OpenError::sqlite(file, error))?;
    prepare(&connection, options, role).map_err(|error| OpenError::sqlite(file, error))?;
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(OpenError::Failed)? {
        return Err(OpenError::NotWritable { file: file.to_path_buf() });
    }
    Ok(connection)
}

fn prepare(connection: &Connection, options: &Options, role: Role) -> rusqlite::Result<()> {
    wait_at_most(connection, options.busy_timeout)?;
    // Closing must touch nothing but this connection: a forked child closes what it inherited (see `fork`).
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.pragma_update(None, "synchronous", options.synchronous.pragma())?;
    // Apple's disks keep a flush in their cache unless told; elsewhere this changes nothing.
    connection.pragma_update(None, "fullfsync", true)?;
    // Erased rows are overwritten, not only unlinked.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "query_only", role == Role::Reader)
}

/// SQLite counts milliseconds in an `i32`; a wait that short still lets it try once.
pub(crate) fn wait_at_most(connection: &Connection, time: Duration) -> rusqlite::Result<()> {
    connection.busy_timeout(time.min(Duration::from_secs(86_400)))
}

/// Folds the log into the file and closes; the last connection of all removes the log.
pub(crate) fn close_for_good(connection: Connection) {
    // The commits are safe in the log whether this works or not.
    let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
    drop(connection);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Synchronous;

    fn pragmas(options: Options, role: Role) -> Vec<i64> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("2fa.db");
        create(&file).unwrap();
        let connection = connect(&file, &options, role).unwrap();
        let pragma = |name: &&str| connection.pragma_query_value(None, name, |row| row.get(0)).unwrap();
        ["synchronous", "query_only", "secure_delete", "fullfsync", "trusted_schema"].iter().map(pragma).collect()
    }

    #[test]
    fn a_commit_waits_for_the_disk_unless_told_otherwise() {
        assert_eq!(pragmas(Options::default(), Role::Writer), [2, 0, 1, 1, 0]);
        let normal = Options { synchronous: Synchronous::Normal, ..Options::default() };
        assert_eq!(pragmas(normal, Role::Writer), [1, 0, 1, 1, 0]);
    }

    #[test]
    fn a_reader_cannot_write() {
        assert_eq!(pragmas(Options::default(), Role::Reader), [2, 1, 1, 1, 0]);
    }

    #[test]
    fn a_vanished_file_does_not_come_back_empty() {
        let folder = tempfile::tempdir().unwrap();
        let refused = connect(&folder.path().join("2fa.db"), &Options::default(), Role::Reader);
        assert!(matches!(refused, Err(OpenError::NotWritable { .. })));
    }
}
