//! SQLite 3.37 and newer, in a file of the application's.

use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row, Sqlite, Transaction};
use twinlock::{Detail, Event, Stats, StoredRecord};

use crate::dialect::{self, Dialect, Save, asked_alike, event_of, saved_in_a_transaction};
use crate::error::{Meaning, Refusal, without_code};
use crate::statements::{Statements, Words};

const WORDS: Words = Words {
    follower: "0",
    unless_there: " ON CONFLICT (user_id) DO NOTHING",
    question_marks: false,
    limited_delete: false,
    yes: "1",
};

/// "TWLK", the application id of the file of `twinlock_sqlite::SqliteStorage`.
const OWN_FILE: i64 = 0x5457_4C4B;

const WHERE: &str = "SELECT (SELECT application_id FROM pragma_application_id),
    (SELECT file FROM pragma_database_list WHERE name = 'main')";

/// The statements for SQLite.
pub struct Lite {
    sql: Statements,
}

impl Dialect for Lite {
    type Connection = SqliteConnection;

    fn new(prefix: &str) -> Self {
        Self { sql: Statements::new(prefix, &WORDS) }
    }

    fn name() -> &'static str {
        "SqliteStorage"
    }

    /// Without the numbers that mark a file as Twinlock's own: here the tables stand among the application's.
    fn schema() -> String {
        let of_own_file = |line: &&str| {
            line.starts_with("PRAGMA ")
                || line.starts_with("-- This dialect has a file")
                || line.starts_with("-- the two numbers")
        };
        include_str!("schema/sqlite.sql").split_inclusive('\n').filter(|line| !of_own_file(line)).collect()
    }

    fn meaning(error: &sqlx::Error) -> Meaning {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        match code.and_then(|code| code.parse::<i32>().ok()).map(|code| code & 0xff) {
            // Busy and locked; the low byte of the result codes.
            Some(5 | 6) => Meaning::Late,
            _ => without_code(error).unwrap_or(Meaning::Failed),
        }
    }

    async fn connect(options: &SqliteConnectOptions, server: Duration) -> Result<SqliteConnection, Refusal> {
        // A save is on the disk before it is told.
        let options = options.clone().busy_timeout(server).synchronous(SqliteSynchronous::Full);
        let mut connection = options.connect().await?;
        let row = sqlx::query(WHERE).fetch_one(&mut connection).await?;
        if row.try_get::<i64, _>(0)? == OWN_FILE {
            return Err(Refusal::OwnFile);
        }
        if row.try_get::<Option<String>, _>(1)?.is_none_or(|file| file.is_empty()) {
            return Err(Refusal::InMemory);
        }
        Ok(connection)
    }

    saved_in_a_transaction!(std::convert::identity::<&str>);
    asked_alike!(std::convert::identity::<&str>, String);
}

event_of!(SqliteRow, String);

fn text(text: String, _: &'static str) -> Result<String, Refusal> {
    Ok(text)
}

/// Who writes takes the lock at the beginning, so that two never wait for each other.
async fn begin(on: &mut SqliteConnection) -> sqlx::Result<Transaction<'_, Sqlite>> {
    on.begin_with("BEGIN IMMEDIATE").await
}

fn created(rows: sqlx::Result<u64>) -> Result<bool, Refusal> {
    dialect::hit(rows?)
}
