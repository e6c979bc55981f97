//! What an operator asks: events, figures, records of an old key, old events.

use std::time::Duration;

use rusqlite::types::Type;
use rusqlite::{Row, params};
use twinlock::{Detail, Event, Reports, Stats, StorageError};

use crate::connection::Role;
use crate::store::SqliteStorage;

/// Thirty days in seconds.
const MONTH: u64 = 30 * 86_400;

/// So many at once and a pause, so that a sign-in, here or in another process, never waits long for a purge.
const PURGED_AT_ONCE: usize = 1_000;
const PAUSE: Duration = Duration::from_millis(2);

const EVENTS: &str = "SELECT id, user_id, type, at, success, method, actor, context, detail FROM twinlock_event
    WHERE user_id = ?1 ORDER BY id DESC LIMIT ?2";
const EVENTS_BEFORE: &str = "SELECT id, user_id, type, at, success, method, actor, context, detail FROM twinlock_event
    WHERE user_id = ?1 AND id < ?3 ORDER BY id DESC LIMIT ?2";
const STATS: &str = "SELECT
    (SELECT count(*) FROM twinlock_record WHERE enabled = 1),
    (SELECT count(*) FROM twinlock_event WHERE type = 'enrolled' AND at >= ?1),
    (SELECT count(*) FROM twinlock_event WHERE type IN ('disabled', 'reset') AND at >= ?1),
    (SELECT count(*) FROM twinlock_event WHERE type = 'failed' AND at >= ?1)";
const NEXT_KEY: &str = "SELECT min(key_id) FROM twinlock_record WHERE key_id > ?1";
const FIRST_KEY: &str = "SELECT min(key_id) FROM twinlock_record";
// Keys are few, so asking key by key costs what is told, not what is stored.
const SEALED_BY: &str = "SELECT user_id FROM twinlock_record WHERE key_id = ?1 AND user_id > ?2
    ORDER BY user_id LIMIT ?3";
const PURGE: &str = "DELETE FROM twinlock_event WHERE rowid IN
    (SELECT rowid FROM twinlock_event WHERE at < ?1 LIMIT ?2)";

impl Reports for SqliteStorage {
    fn events(&self, user_id: &str, before: Option<[u8; 16]>, limit: usize) -> Result<Vec<Event>, StorageError> {
        self.pool.run(Role::Reader, |connection| {
            let limit = at_most(limit);
            match before {
                None => connection.prepare_cached(EVENTS)?.query_map(params![user_id, limit], event)?.collect(),
                Some(before) => connection
                    .prepare_cached(EVENTS_BEFORE)?
                    .query_map(params![user_id, limit, before], event)?
                    .collect(),
            }
        })
    }

    fn stats(&self, now: u64) -> Result<Stats, StorageError> {
        let since = i64::try_from(now.saturating_sub(MONTH)).unwrap_or(i64::MAX);
        self.pool.run(Role::Reader, |connection| {
            connection.prepare_cached(STATS)?.query_row([since], |row| {
                Ok(Stats {
                    enabled_users: row.get(0)?,
                    enabled_30d: row.get(1)?,
                    disabled_30d: row.get(2)?,
                    failed_30d: row.get(3)?,
                })
            })
        })
    }

    fn stale(&self, key_id: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, StorageError> {
        // Every user id is more than nothing.
        let after = after.unwrap_or_default();
        self.pool.run(Role::Reader, |connection| {
            // One snapshot for all its questions.
            let snapshot = connection.transaction()?;
            let mut users = Vec::new();
            let mut key: Option<String> = snapshot.prepare_cached(FIRST_KEY)?.query_row([], |row| row.get(0))?;
            while let Some(sealed_by) = key {
                if sealed_by != key_id {
                    let mut page = snapshot.prepare_cached(SEALED_BY)?;
                    let page = page.query_map(params![sealed_by, after, at_most(limit)], |row| row.get(0))?;
                    users.extend(page.collect::<rusqlite::Result<Vec<String>>>()?);
                }
                key = snapshot.prepare_cached(NEXT_KEY)?.query_row([sealed_by], |row| row.get(0))?;
            }
            users.sort_unstable();
            users.truncate(limit);
            Ok(users)
        })
    }

    fn purge(&self, before: u64) -> Result<u64, StorageError> {
        let before = i64::try_from(before).unwrap_or(i64::MAX);
        let mut purged = 0_u64;
        loop {
            let gone = self.pool.run(Role::Writer, |connection| {
                connection.prepare_cached(PURGE)?.execute(params![before, PURGED_AT_ONCE])
            })?;
            purged = purged.saturating_add(gone as u64);
            if gone < PURGED_AT_ONCE {
                return Ok(purged);
            }
            std::thread::sleep(PAUSE);
        }
    }
}

fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    let detail: String = row.get(8)?;
    Ok(Event {
        id: row.get(0)?,
        user_id: row.get(1)?,
        kind: row.get::<_, String>(2)?.into(),
        at: row.get(3)?,
        success: row.get(4)?,
        method: row.get::<_, Option<String>>(5)?.map(Into::into),
        actor: row.get(6)?,
        context: row.get(7)?,
        detail: Detail::from_json(&detail)
            .ok_or_else(|| rusqlite::Error::InvalidColumnType(8, "detail".to_owned(), Type::Text))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;
    use crate::store::{CREATE, LOAD, REPLACE};

    /// How SQLite would answer: one line per table or index it goes through.
    fn plan(sql: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let storage = SqliteStorage::open(folder.path().join("2fa.db"), Options::default()).unwrap();
        let mut lease = storage.pool.lease(Role::Reader).unwrap();
        let mut explain = lease.connection().unwrap().prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps = explain.raw_query().mapped(|row| row.get("detail")).collect::<Result<_, _>>();
        steps.unwrap()
    }

    #[test]
    fn no_question_reads_a_whole_table() {
        for sql in [LOAD, CREATE, REPLACE, EVENTS, EVENTS_BEFORE, STATS, NEXT_KEY, FIRST_KEY, SEALED_BY, PURGE] {
            for step in plan(sql) {
                assert!(!step.contains("TEMP B-TREE"), "{sql}: {step}");
                assert!(!step.starts_with("SCAN twinlock") || step.contains("USING COVERING INDEX"), "{sql}: {step}");
            }
        }
    }
}
