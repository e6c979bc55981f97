//! PostgreSQL 12 and newer.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{ConnectOptions, Connection, Postgres, Row, Transaction};
use twinlock::{Detail, Event, Stats, StoredRecord};

use crate::dialect::{self, Dialect, Save, asked_alike, event_of};
use crate::error::{Meaning, Refusal, without_code};
use crate::statements::{OneStatement, Statements, Words};

/// At READ COMMITTED an update that waited for another one looks at the row again, and so sees that the version is gone. A commit
/// that is acknowledged before it is on the disk could bring a used code back.
const GREETING: &str = "SELECT set_config('default_transaction_isolation', 'read committed', false),
    set_config('statement_timeout', $1, false), set_config('lock_timeout', $1, false),
    set_config('idle_in_transaction_session_timeout', $1, false),
    CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END";

const WORDS: Words = Words {
    follower: "pg_is_in_recovery()",
    unless_there: " ON CONFLICT (user_id) DO NOTHING",
    question_marks: false,
    limited_delete: false,
    yes: "true",
};

/// The statements for PostgreSQL.
pub struct Pg {
    sql: Statements,
    save: OneStatement,
}

impl Dialect for Pg {
    type Connection = PgConnection;

    fn new(prefix: &str) -> Self {
        Self { sql: Statements::new(prefix, &WORDS), save: OneStatement::new(prefix) }
    }

    fn name() -> &'static str {
        "PgStorage"
    }

    fn schema() -> String {
        include_str!("schema/postgres.sql").to_owned()
    }

    fn meaning(error: &sqlx::Error) -> Meaning {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        match code.as_deref() {
            // Statement, lock and idle-in-transaction time-outs.
            Some("57014" | "55P03" | "25P03" | "25P04") => Meaning::Late,
            // Serialization and deadlock: the server has undone the whole transaction.
            Some("40001" | "40P01") => Meaning::Conflict,
            // The server is going down, or its process was ended.
            Some("57P01" | "57P02" | "57P03") => Meaning::Gone,
            _ => without_code(error).unwrap_or(Meaning::Failed),
        }
    }

    async fn connect(options: &PgConnectOptions, server: Duration) -> Result<PgConnection, Refusal> {
        let mut connection = options.connect().await?;
        sqlx::query(GREETING).bind(server.as_millis().to_string()).execute(&mut connection).await?;
        Ok(connection)
    }

    async fn save(&self, on: &mut PgConnection, save: &Save) -> Result<bool, Refusal> {
        let Save { user_id, expected, record, events } = save;
        let columns = Columns::of(events)?;
        let sql = if expected.is_some() { &self.save.replace } else { &self.save.create };
        let query = sqlx::query_scalar(sql.clone()).bind(dialect::whole(record.version, "version")?);
        let query = query.bind(record.enabled).bind(&record.key_id).bind(&record.data).bind(user_id);
        let query = query.bind(columns.id).bind(columns.user_id).bind(columns.kind).bind(columns.at);
        let query = query.bind(columns.success).bind(columns.method).bind(columns.actor).bind(columns.context);
        let mut query = query.bind(columns.detail);
        if let Some(expected) = expected {
            query = query.bind(dialect::whole(*expected, "version")?);
        }
        let saved: i64 = query.fetch_one(on).await?;
        dialect::hit(saved.cast_unsigned())
    }

    asked_alike!(std::convert::identity::<&str>, String);
}

event_of!(PgRow, String);

fn text(text: String, _: &'static str) -> Result<String, Refusal> {
    Ok(text)
}

async fn begin(on: &mut PgConnection) -> sqlx::Result<Transaction<'_, Postgres>> {
    on.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await
}

/// The events by column, as the statement unfolds them.
#[derive(Default)]
struct Columns<'a> {
    id: Vec<&'a [u8]>,
    user_id: Vec<&'a str>,
    kind: Vec<&'a str>,
    at: Vec<i64>,
    success: Vec<bool>,
    method: Vec<Option<&'a str>>,
    actor: Vec<Option<&'a str>>,
    context: Vec<Option<&'a str>>,
    detail: Vec<String>,
}

impl<'a> Columns<'a> {
    fn of(events: &'a [Event]) -> Result<Self, Refusal> {
        let mut columns = Self::default();
        for event in events {
            columns.id.push(&event.id);
            columns.user_id.push(&event.user_id);
            columns.kind.push(&event.kind);
            columns.at.push(dialect::whole(event.at, "at")?);
            columns.success.push(event.success);
            columns.method.push(event.method.as_deref());
            columns.actor.push(event.actor.as_deref());
            columns.context.push(event.context.as_deref());
            columns.detail.push(event.detail.to_json());
        }
        Ok(columns)
    }
}
