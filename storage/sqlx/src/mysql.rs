//! MariaDB 10.6 and newer; MySQL 8.0 by the syntax that both know.
//!
//! The columns of names and ids are binary, so that no collation folds them: there, text is UTF-8 bytes. sqlx asks the server to
//! count the rows that a write found, not those that it changed, so a save counts one row whatever stood there.

use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlDatabaseError, MySqlRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, MySql, Row, Transaction};
use twinlock::{Detail, Event, Stats, StoredRecord};

use crate::dialect::{self, Dialect, Save, asked_alike, event_of, saved_in_a_transaction};
use crate::error::{Meaning, Refusal, without_code};
use crate::statements::{Statements, Words};

const WORDS: Words = Words {
    // A number, or in newer releases a word.
    follower: "@@GLOBAL.read_only NOT IN ('0', 'OFF')",
    unless_there: "",
    question_marks: true,
    limited_delete: true,
    yes: "1",
};

/// The key of a row is there already.
const DUPLICATE: u16 = 1062;

/// The statements for MySQL and MariaDB.
pub struct My {
    sql: Statements,
}

impl Dialect for My {
    type Connection = MySqlConnection;

    fn new(prefix: &str) -> Self {
        Self { sql: Statements::new(prefix, &WORDS) }
    }

    fn name() -> &'static str {
        "MySqlStorage"
    }

    fn schema() -> String {
        include_str!("schema/mysql.sql").to_owned()
    }

    fn meaning(error: &sqlx::Error) -> Meaning {
        match number(error) {
            // Lock wait; MySQL's and MariaDB's statement time-outs.
            Some(1205 | 3024 | 1969) => Meaning::Late,
            // Deadlock, in a cluster at its commit; a row that changed under a snapshot.
            Some(1213 | 1020) => Meaning::Conflict,
            // The server is going down, the connection was killed, or it was idle for too long.
            Some(1053 | 1927 | 4031) => Meaning::Gone,
            _ => without_code(error).unwrap_or(Meaning::Failed),
        }
    }

    async fn connect(options: &MySqlConnectOptions, server: Duration) -> Result<MySqlConnection, Refusal> {
        let mut connection = options.connect().await?;
        sqlx::raw_sql(AssertSqlSafe(greeting(server))).execute(&mut connection).await?;
        Ok(connection)
    }

    saved_in_a_transaction!(str::as_bytes);
    asked_alike!(str::as_bytes, Vec<u8>);
}

event_of!(MySqlRow, Vec<u8>);

/// Strict: what does not fit is refused, not cut. Names that only one of the two knows stand in comments that only that one reads.
fn greeting(server: Duration) -> String {
    let (seconds, milliseconds) = (server.as_secs().max(1), server.as_millis());
    format!(
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;
        SET SESSION autocommit = 1, sql_mode = 'STRICT_ALL_TABLES', innodb_lock_wait_timeout = {seconds},
        lock_wait_timeout = {seconds} /*M!100108 , max_statement_time = {} */ /*!80000 , max_execution_time = {milliseconds} */",
        server.as_secs_f64()
    )
}

fn text(bytes: Vec<u8>, column: &'static str) -> Result<String, Refusal> {
    String::from_utf8(bytes).map_err(|_| Refusal::Unreadable(column))
}

async fn begin(on: &mut MySqlConnection) -> sqlx::Result<Transaction<'_, MySql>> {
    on.begin().await
}

/// Only here is a duplicate a lost race: an event whose id is there already is a fault.
fn created(rows: sqlx::Result<u64>) -> Result<bool, Refusal> {
    match rows {
        Err(error) if number(&error) == Some(DUPLICATE) => Ok(false),
        rows => dialect::hit(rows?),
    }
}

fn number(error: &sqlx::Error) -> Option<u16> {
    let error = error.as_database_error()?.try_downcast_ref::<MySqlDatabaseError>()?;
    Some(error.number())
}
