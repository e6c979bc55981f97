//! What a database must be able to do, and what all of them do alike.

use std::time::Duration;

use sqlx::Connection;
use twinlock::{Event, Stats, StoredRecord};

use crate::error::{Meaning, Refusal};

/// Thirty days in seconds.
const MONTH: u64 = 30 * 86_400;

/// Events are purged so many at once, so that no sign-in waits long behind them.
pub(crate) const PURGED_AT_ONCE: u64 = 1_000;

/// How often work is done again after the server undid it for another transaction.
pub(crate) const CONFLICTS: usize = 3;

/// What is to be written in one commit.
#[derive(Clone, Debug)]
pub struct Save {
    pub(crate) user_id: String,
    pub(crate) expected: Option<u64>,
    pub(crate) record: StoredRecord,
    pub(crate) events: Vec<Event>,
}

type Answer<T> = Result<T, Refusal>;

/// A database that [`SqlxStorage`](crate::SqlxStorage) speaks to: one of three, and nobody else can make one.
pub trait Dialect: Sized + Send + Sync + 'static {
    /// sqlx's connection to it.
    type Connection: Connection + Send + 'static;

    #[doc(hidden)]
    fn new(prefix: &str) -> Self;
    #[doc(hidden)]
    fn name() -> &'static str;
    #[doc(hidden)]
    fn schema() -> String;
    #[doc(hidden)]
    fn meaning(error: &sqlx::Error) -> Meaning;
    /// A connection whose server works at most that long on anything.
    #[doc(hidden)]
    fn connect(options: &Address<Self>, server: Duration) -> impl Future<Output = Answer<Self::Connection>> + Send;
    #[doc(hidden)]
    fn load(&self, on: &mut Self::Connection, user: &str) -> impl Future<Output = Answer<Option<StoredRecord>>> + Send;
    #[doc(hidden)]
    fn save(&self, on: &mut Self::Connection, save: &Save) -> impl Future<Output = Answer<bool>> + Send;
    #[doc(hidden)]
    fn erase(&self, on: &mut Self::Connection, user: &str) -> impl Future<Output = Answer<()>> + Send;
    #[doc(hidden)]
    fn events(
        &self,
        on: &mut Self::Connection,
        user: &str,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> impl Future<Output = Answer<Vec<Event>>> + Send;
    #[doc(hidden)]
    fn stats(&self, on: &mut Self::Connection, now: u64) -> impl Future<Output = Answer<Stats>> + Send;
    #[doc(hidden)]
    fn next_key(&self, on: &mut Self::Connection, key: &str) -> impl Future<Output = Answer<Option<String>>> + Send;
    #[doc(hidden)]
    fn sealed_by(
        &self,
        on: &mut Self::Connection,
        key: &str,
        after: &str,
        limit: usize,
    ) -> impl Future<Output = Answer<Vec<String>>> + Send;
    #[doc(hidden)]
    fn purge(&self, on: &mut Self::Connection, before: u64) -> impl Future<Output = Answer<u64>> + Send;
    #[doc(hidden)]
    fn run_script(&self, on: &mut Self::Connection, script: &str) -> impl Future<Output = Answer<()>> + Send;
}

/// Where a database is and how to sign in there.
pub(crate) type Address<D> = <<D as Dialect>::Connection as Connection>::Options;

/// A number that the core chose or read, as databases keep it.
pub(crate) fn whole(number: u64, column: &'static str) -> Answer<i64> {
    i64::try_from(number).map_err(|_| Refusal::TooLong(column))
}

/// A number as it was stored.
pub(crate) fn count(number: i64, column: &'static str) -> Answer<u64> {
    u64::try_from(number).map_err(|_| Refusal::Unreadable(column))
}

/// Whether a conditional write hit; anything but one row or none must not pass for an answer.
pub(crate) fn hit(rows: u64) -> Answer<bool> {
    match rows {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Refusal::Nonsense),
    }
}

pub(crate) fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(crate) fn month_before(now: u64) -> i64 {
    i64::try_from(now.saturating_sub(MONTH)).unwrap_or(i64::MAX)
}

/// The bytes of an event id, or what stands behind them all.
pub(crate) fn below(before: Option<[u8; 16]>) -> Vec<u8> {
    before.map_or_else(|| vec![0xff; 17], Vec::from)
}

/// Everything but connecting and saving, which databases do alike. `$name` makes what is bound of a name or an id, `$text` text
/// of what comes back.
macro_rules! asked_alike {
    ($name:expr, $text:ty) => {
        async fn load(&self, on: &mut Self::Connection, user: &str) -> Result<Option<StoredRecord>, Refusal> {
            let row = sqlx::query(self.sql.load.clone()).bind($name(user)).fetch_one(on).await?;
            if row.try_get::<bool, _>(0)? {
                return Err(Refusal::Follower);
            }
            let Some(version) = row.try_get::<Option<i64>, _>(1)? else { return Ok(None) };
            Ok(Some(StoredRecord {
                version: dialect::count(version, "version")?,
                enabled: row.try_get(2)?,
                key_id: text(row.try_get::<$text, _>(3)?, "key_id")?,
                data: row.try_get(4)?,
            }))
        }

        /// The record first, as in a save: two that touch both tables in one order cannot wait for each other.
        async fn erase(&self, on: &mut Self::Connection, user: &str) -> Result<(), Refusal> {
            let mut transaction = begin(on).await?;
            for sql in [&self.sql.erase_record, &self.sql.erase_events] {
                sqlx::query(sql.clone()).bind($name(user)).execute(&mut *transaction).await?;
            }
            Ok(transaction.commit().await?)
        }

        async fn events(
            &self,
            on: &mut Self::Connection,
            user: &str,
            before: Option<[u8; 16]>,
            limit: usize,
        ) -> Result<Vec<Event>, Refusal> {
            let query = sqlx::query(self.sql.events.clone()).bind($name(user));
            let query = query.bind(dialect::below(before)).bind(dialect::at_most(limit));
            query.fetch_all(on).await?.iter().map(event).collect()
        }

        async fn stats(&self, on: &mut Self::Connection, now: u64) -> Result<Stats, Refusal> {
            let since = dialect::month_before(now);
            let query = sqlx::query(self.sql.stats.clone()).bind(since).bind(since).bind(since);
            let row = query.fetch_one(on).await?;
            Ok(Stats {
                enabled_users: dialect::count(row.try_get(0)?, "enabled_users")?,
                enabled_30d: dialect::count(row.try_get(1)?, "enabled_30d")?,
                disabled_30d: dialect::count(row.try_get(2)?, "disabled_30d")?,
                failed_30d: dialect::count(row.try_get(3)?, "failed_30d")?,
            })
        }

        async fn next_key(&self, on: &mut Self::Connection, key: &str) -> Result<Option<String>, Refusal> {
            let row = sqlx::query(self.sql.next_key.clone()).bind($name(key)).fetch_one(on).await?;
            row.try_get::<Option<$text>, _>(0)?.map(|key| text(key, "key_id")).transpose()
        }

        async fn sealed_by(
            &self,
            on: &mut Self::Connection,
            key: &str,
            after: &str,
            limit: usize,
        ) -> Result<Vec<String>, Refusal> {
            let query = sqlx::query(self.sql.sealed_by.clone()).bind($name(key)).bind($name(after));
            let rows = query.bind(dialect::at_most(limit)).fetch_all(on).await?;
            rows.iter().map(|row| text(row.try_get::<$text, _>(0)?, "user_id")).collect()
        }

        async fn purge(&self, on: &mut Self::Connection, before: u64) -> Result<u64, Refusal> {
            let before = i64::try_from(before).unwrap_or(i64::MAX);
            let query = sqlx::query(self.sql.purge.clone()).bind(before);
            let mut transaction = begin(on).await?;
            let gone = query.bind(dialect::PURGED_AT_ONCE.cast_signed()).execute(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(gone.rows_affected())
        }

        async fn run_script(&self, on: &mut Self::Connection, script: &str) -> Result<(), Refusal> {
            let mut transaction = begin(on).await?;
            sqlx::raw_sql(sqlx::AssertSqlSafe(script.to_owned())).execute(&mut *transaction).await?;
            Ok(transaction.commit().await?)
        }
    };
}

/// Reads a row of events.
macro_rules! event_of {
    ($row:ty, $text:ty) => {
        fn event(row: &$row) -> Result<Event, Refusal> {
            let id: Vec<u8> = row.try_get(0)?;
            let method = row.try_get::<Option<$text>, _>(5)?.map(|method| text(method, "method")).transpose()?;
            Ok(Event {
                id: id.try_into().map_err(|_| Refusal::Unreadable("id"))?,
                user_id: text(row.try_get::<$text, _>(1)?, "user_id")?,
                kind: text(row.try_get::<$text, _>(2)?, "type")?.into(),
                at: dialect::count(row.try_get(3)?, "at")?,
                success: row.try_get(4)?,
                method: method.map(Into::into),
                actor: row.try_get(6)?,
                context: row.try_get(7)?,
                detail: Detail::from_json(row.try_get(8)?).ok_or(Refusal::Unreadable("detail"))?,
            })
        }
    };
}

#[cfg(any(feature = "mysql", feature = "sqlite"))]
/// One commit of two statements: the conditional write, and the events only if it hit.
macro_rules! saved_in_a_transaction {
    ($name:expr) => {
        async fn save(&self, on: &mut Self::Connection, save: &Save) -> Result<bool, Refusal> {
            let Save { user_id, expected, record, events } = save;
            let mut transaction = begin(on).await?;
            let sql = if expected.is_some() { &self.sql.replace } else { &self.sql.create };
            let query = sqlx::query(sql.clone()).bind(dialect::whole(record.version, "version")?).bind(record.enabled);
            let query = query.bind($name(&record.key_id)).bind(&record.data[..]).bind($name(user_id));
            let won = match expected {
                None => created(query.execute(&mut *transaction).await.map(|done| done.rows_affected()))?,
                Some(expected) => {
                    let query = query.bind(dialect::whole(*expected, "version")?);
                    dialect::hit(query.execute(&mut *transaction).await?.rows_affected())?
                }
            };
            if !won {
                transaction.rollback().await?;
                return Ok(false);
            }
            for event in events {
                let query = sqlx::query(self.sql.note.clone()).bind(&event.id[..]).bind($name(&event.user_id));
                let query = query.bind($name(&event.kind)).bind(dialect::whole(event.at, "at")?).bind(event.success);
                let query = query.bind(event.method.as_deref().map($name)).bind(event.actor.as_deref());
                let query = query.bind(event.context.as_deref()).bind(event.detail.to_json());
                query.execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
            Ok(true)
        }
    };
}

#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub(crate) use saved_in_a_transaction;
pub(crate) use {asked_alike, event_of};
