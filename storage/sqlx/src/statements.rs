//! All that a storage ever asks, for the tables with its prefix. Only values are bound: the prefix has been checked.

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

const EVENT_COLUMNS: &str = "id, user_id, type, at, success, method, actor, context, detail";

/// What differs between databases.
pub(crate) struct Words {
    /// Whether this server only follows another one.
    pub(crate) follower: &'static str,
    /// What makes an `INSERT` of a row that is there write nothing. MySQL has only `INSERT IGNORE`, which also ignores what does
    /// not fit: there a duplicate is an error that is looked at.
    pub(crate) unless_there: &'static str,
    /// `$1` is `?` there.
    pub(crate) question_marks: bool,
    /// Whether a `DELETE` may have a `LIMIT`.
    pub(crate) limited_delete: bool,
    pub(crate) yes: &'static str,
}

#[cfg_attr(not(any(feature = "mysql", feature = "sqlite")), allow(dead_code))] // PostgreSQL saves in its own way
pub(crate) struct Statements {
    /// Always one row, which also tells whether this server only follows another one.
    pub(crate) load: SqlStr,
    pub(crate) create: SqlStr,
    pub(crate) replace: SqlStr,
    pub(crate) note: SqlStr,
    pub(crate) erase_record: SqlStr,
    pub(crate) erase_events: SqlStr,
    pub(crate) events: SqlStr,
    /// One statement, so that the figures belong together.
    pub(crate) stats: SqlStr,
    /// Keys are few, so going from key to key costs what is told, not what is stored.
    pub(crate) next_key: SqlStr,
    pub(crate) sealed_by: SqlStr,
    pub(crate) purge: SqlStr,
}

impl Statements {
    pub(crate) fn new(prefix: &str, words: &Words) -> Self {
        let records = format!("{prefix}twinlock_record");
        let events = format!("{prefix}twinlock_event");
        let Words { follower, unless_there, yes, .. } = words;
        let sql = |text: String| AssertSqlSafe(words.placeholders(text)).into_sql_str();
        let old = format!("SELECT id FROM {events} WHERE at < $1 ORDER BY at LIMIT $2");
        Self {
            load: sql(format!(
                "SELECT {follower} AS follower, r.version, r.enabled, r.key_id, r.data
                FROM (SELECT 1 AS one) AS here LEFT JOIN {records} r ON r.user_id = $1"
            )),
            create: sql(format!(
                "INSERT INTO {records} (version, enabled, key_id, data, user_id)
                VALUES ($1, $2, $3, $4, $5){unless_there}"
            )),
            replace: sql(format!(
                "UPDATE {records} SET version = $1, enabled = $2, key_id = $3, data = $4
                WHERE user_id = $5 AND version = $6"
            )),
            note: sql(format!("INSERT INTO {events} ({EVENT_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")),
            erase_record: sql(format!("DELETE FROM {records} WHERE user_id = $1")),
            erase_events: sql(format!("DELETE FROM {events} WHERE user_id = $1")),
            events: sql(format!(
                "SELECT {EVENT_COLUMNS} FROM {events} WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
            )),
            stats: sql(format!(
                "SELECT
                (SELECT count(*) FROM {records} WHERE enabled = {yes}),
                (SELECT count(*) FROM {events} WHERE type = 'enrolled' AND at >= $1),
                (SELECT count(*) FROM {events} WHERE type IN ('disabled', 'reset') AND at >= $2),
                (SELECT count(*) FROM {events} WHERE type = 'failed' AND at >= $3)"
            )),
            next_key: sql(format!("SELECT min(key_id) FROM {records} WHERE key_id > $1")),
            sealed_by: sql(format!(
                "SELECT user_id FROM {records} WHERE key_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3"
            )),
            purge: sql(if words.limited_delete {
                format!("DELETE FROM {events} WHERE at < $1 ORDER BY at LIMIT $2")
            } else {
                format!("DELETE FROM {events} WHERE id IN ({old})")
            }),
        }
    }
}

impl Words {
    /// INVARIANT: the numbers stand in their order, each once.
    fn placeholders(&self, text: String) -> String {
        if !self.question_marks {
            return text;
        }
        (1..=9).fold(text, |text, number| text.replacen(&format!("${number}"), "?", 1))
    }
}

/// PostgreSQL writes a record and its events with one statement, which is its own commit: one way to the server and back.
#[cfg(feature = "postgres")]
pub(crate) struct OneStatement {
    pub(crate) create: SqlStr,
    pub(crate) replace: SqlStr,
}

#[cfg(feature = "postgres")]
impl OneStatement {
    /// The events come as one array for each column, and are written only if the record was.
    pub(crate) fn new(prefix: &str) -> Self {
        let sql = |write: &str| {
            AssertSqlSafe(format!(
                "WITH saved AS ({write} RETURNING 1), noted AS (
                INSERT INTO {prefix}twinlock_event ({EVENT_COLUMNS})
                SELECT * FROM unnest($6::bytea[], $7::text[], $8::text[], $9::bigint[], $10::boolean[], $11::text[],
                    $12::text[], $13::text[], $14::text[])
                WHERE EXISTS (SELECT FROM saved))
                SELECT count(*) FROM saved"
            ))
            .into_sql_str()
        };
        Self {
            create: sql(&format!(
                "INSERT INTO {prefix}twinlock_record (version, enabled, key_id, data, user_id)
                VALUES ($1, $2, $3, $4, $5) ON CONFLICT (user_id) DO NOTHING"
            )),
            replace: sql(&format!(
                "UPDATE {prefix}twinlock_record SET version = $1, enabled = $2, key_id = $3, data = $4
                WHERE user_id = $5 AND version = $15::bigint"
            )),
        }
    }
}
