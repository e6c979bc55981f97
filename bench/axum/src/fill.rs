//! Rows into a database that nobody uses yet, as fast as it takes them; afterwards all of them are on the disk.

use std::path::Path;
use std::sync::mpsc::Receiver;

use rusqlite::{Connection as Lite, params};
use sqlx::{Connection, PgConnection};

use crate::Failure;
use crate::records::{Batch, Person, Row};

type Batches = Receiver<Result<Batch, Failure>>;

/// Into the file of a `SqliteStorage` that was opened before, and so has its tables.
pub(crate) fn sqlite(path: &Path, batches: &Batches) -> Result<Vec<Person>, Failure> {
    let mut file = Lite::open(path)?;
    file.execute_batch("PRAGMA synchronous = OFF")?;
    let mut people = Vec::new();
    for batch in batches {
        let (rows, some) = batch?;
        let all = file.transaction()?;
        for row in &rows {
            insert(&all, row)?;
        }
        all.commit()?;
        people.extend(some);
    }
    file.execute_batch("PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(people)
}

fn insert(into: &Lite, row: &Row) -> Result<(), Failure> {
    let Row { user_id, record, events } = row;
    let mut record_sql = into.prepare_cached("INSERT INTO twinlock_record VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let version = i64::try_from(record.version)?;
    record_sql.execute(params![user_id, version, record.enabled, record.key_id, record.data])?;
    let mut event_sql =
        into.prepare_cached("INSERT INTO twinlock_event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
    for event in events {
        let (at, detail) = (i64::try_from(event.at)?, event.detail.to_json());
        let (kind, method) = (event.kind.as_ref(), event.method.as_deref());
        event_sql.execute(params![
            event.id,
            event.user_id,
            kind,
            at,
            event.success,
            method,
            event.actor,
            event.context,
            detail
        ])?;
    }
    Ok(())
}

const RECORDS: &str = "INSERT INTO twinlock_record (user_id, version, enabled, key_id, data)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::boolean[], $4::text[], $5::bytea[])";
const EVENTS: &str = "INSERT INTO twinlock_event (id, user_id, type, at, success, method, actor, context, detail)
    SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::bigint[], $5::boolean[], $6::text[], $7::text[],
        $8::text[], $9::text[])";

/// Into the tables of a `PgStorage`, which are there.
pub(crate) async fn postgres(url: &str, batches: &Batches) -> Result<Vec<Person>, Failure> {
    let mut server = PgConnection::connect(url).await?;
    sqlx::query("SET synchronous_commit = off").execute(&mut server).await?;
    let mut people = Vec::new();
    for batch in batches {
        let (rows, some) = batch?;
        copy(&mut server, &rows).await?;
        people.extend(some);
    }
    // Else the server would tidy up while it is measured.
    for table in ["VACUUM (ANALYZE) twinlock_record", "VACUUM (ANALYZE) twinlock_event", "CHECKPOINT"] {
        sqlx::query(table).execute(&mut server).await?;
    }
    server.close().await?;
    Ok(people)
}

async fn copy(server: &mut PgConnection, rows: &[Row]) -> Result<(), Failure> {
    let column = |of: fn(&Row) -> &str| rows.iter().map(of).collect::<Vec<_>>();
    let versions = rows.iter().map(|row| i64::try_from(row.record.version)).collect::<Result<Vec<_>, _>>()?;
    sqlx::query(RECORDS)
        .bind(column(|row| &row.user_id))
        .bind(versions)
        .bind(rows.iter().map(|row| row.record.enabled).collect::<Vec<_>>())
        .bind(column(|row| &row.record.key_id))
        .bind(rows.iter().map(|row| row.record.data.as_slice()).collect::<Vec<_>>())
        .execute(&mut *server)
        .await?;
    let events: Vec<_> = rows.iter().flat_map(|row| &row.events).collect();
    let at = events.iter().map(|event| i64::try_from(event.at)).collect::<Result<Vec<_>, _>>()?;
    sqlx::query(EVENTS)
        .bind(events.iter().map(|event| event.id.as_slice()).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.user_id.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.kind.as_ref()).collect::<Vec<_>>())
        .bind(at)
        .bind(events.iter().map(|event| event.success).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.method.as_deref()).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.actor.as_deref()).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.context.as_deref()).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.detail.to_json()).collect::<Vec<_>>())
        .execute(server)
        .await?;
    Ok(())
}
