//! Whose file it is, which version of the schema it holds, and setting up a new one.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Row, TransactionBehavior};

use crate::error::{OpenError, is_busy};
use crate::options::Options;

/// The source for all languages.
const SQL: &str = include_str!("schema.sql");

/// The version that [`SQL`] sets up.
const VERSION: i64 = 1;

/// "TWLK", as [`SQL`] sets it: whose file it is.
const APPLICATION: i64 = 0x5457_4C4B;

/// Between two tries to switch a new file to WAL.
const RETRY: Duration = Duration::from_millis(2);

const OBJECTS: [&str; 6] = [
    "twinlock_event",
    "twinlock_event_at",
    "twinlock_event_type",
    "twinlock_event_user",
    "twinlock_record",
    "twinlock_record_key",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Empty,
    Ready,
}

/// Leaves the file set up and in WAL mode, or says why not. A file that is refused is not changed.
pub(crate) fn establish(connection: &mut Connection, file: &Path, options: &Options) -> Result<(), OpenError> {
    // One snapshot: another process may be setting the file up at this moment.
    let snapshot = connection.transaction().map_err(|error| OpenError::sqlite(file, error))?;
    let state = inspect(&snapshot, file)?;
    drop(snapshot);
    if state == State::Empty && !options.create {
        return Err(OpenError::Empty { file: file.to_path_buf() });
    }
    let mode = use_wal(connection, options.busy_timeout).map_err(|error| OpenError::sqlite(file, error))?;
    if mode != "wal" {
        return Err(OpenError::NoSharedMemory { file: file.to_path_buf() });
    }
    if state == State::Empty { set_up(connection, file) } else { Ok(()) }
}

fn inspect(connection: &Connection, file: &Path) -> Result<State, OpenError> {
    let failed = |error| OpenError::sqlite(file, error);
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(failed);
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    let objects = objects(connection).map_err(failed)?;
    let file = file.to_path_buf();
    match (application, objects.as_slice()) {
        (0, []) if version == 0 => Ok(State::Empty),
        (APPLICATION, _) if version > VERSION => Err(OpenError::Newer { file, found: version, known: VERSION }),
        (APPLICATION, found) => recognize(found).map(|()| State::Ready).map_err(|problem| problem.about(file)),
        (_, [first, ..]) => Err(OpenError::Foreign { file, found: format!("table or index `{first}`") }),
        (other, []) => Err(OpenError::Foreign { file, found: format!("application id {other}, version {version}") }),
    }
}

/// Tables, indexes, views and triggers, without those that SQLite makes for itself.
fn objects(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = r"SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name";
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

enum Unexpected {
    Foreign(String),
    Lost(String),
}

impl Unexpected {
    fn about(self, file: std::path::PathBuf) -> OpenError {
        match self {
            Self::Foreign(name) => OpenError::Foreign { file, found: format!("table or index `{name}`") },
            Self::Lost(name) => OpenError::Damaged { file, what: format!("`{name}` is missing") },
        }
    }
}

fn recognize(found: &[String]) -> Result<(), Unexpected> {
    if let Some(foreign) = found.iter().find(|name| !OBJECTS.contains(&name.as_str())) {
        return Err(Unexpected::Foreign(foreign.clone()));
    }
    match OBJECTS.iter().find(|name| !found.iter().any(|found| found == *name)) {
        Some(lost) => Err(Unexpected::Lost((*lost).to_owned())),
        None => Ok(()),
    }
}

/// Readers and a writer at once, commits that cost one flush. Kept in the file, so it is switched once; gives the mode it is in.
fn use_wal(connection: &Connection, patience: Duration) -> rusqlite::Result<String> {
    let mode = |row: &Row<'_>| row.get(0);
    let start = Instant::now();
    loop {
        let current: String = connection.pragma_query_value(None, "journal_mode", mode)?;
        if current == "wal" {
            return Ok(current);
        }
        match connection.pragma_update_and_check(None, "journal_mode", "WAL", mode) {
            // SQLite does not wait by itself here.
            Err(error) if is_busy(&error) && start.elapsed() < patience => std::thread::sleep(RETRY),
            switched => return switched,
        }
    }
}

fn set_up(connection: &mut Connection, file: &Path) -> Result<(), OpenError> {
    let failed = |error| OpenError::sqlite(file, error);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    // Another process may have been first while this one waited.
    if inspect(&transaction, file)? == State::Empty {
        transaction.execute_batch(SQL).map_err(failed)?;
    }
    transaction.commit().map_err(failed)
}
