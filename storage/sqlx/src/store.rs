//! The storage: each call on a connection of its own, with an end, brought to it whoever stops waiting.

use std::pin::Pin;
use std::sync::Arc;

use sqlx::ConnectOptions;
use tokio::time::timeout;
use twinlock::{AsyncReports, AsyncStorage, Event, Stats, StorageError, StoredRecord};

use crate::dialect::{Address, CONFLICTS, Dialect, PURGED_AT_ONCE, Save};
use crate::error::{Meaning, OpenError, Refusal};
use crate::options::{self, Options};
use crate::pool::{Lease, Pool};

/// Records and events in a database that sqlx speaks to; [`PgStorage`](crate::PgStorage), [`MySqlStorage`](crate::MySqlStorage)
/// and [`SqliteStorage`](crate::SqliteStorage) are its three forms.
///
/// Safe to share between tasks of one tokio runtime, on which all calls are to be made. It opens connections when they are needed,
/// [`Options::connections`] at most, and never takes one from a pool of the application's.
pub struct SqlxStorage<D: Dialect> {
    inner: Arc<Inner<D>>,
}

struct Inner<D: Dialect> {
    dialect: D,
    address: Address<D>,
    options: Options,
    pool: Pool<D::Connection>,
}

/// What a call does with its connection.
type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, Refusal>> + Send + 'c>>;

/// What a call does about a setback in which nothing of it was written.
#[derive(Clone)]
enum Setback<T> {
    /// A read goes on with another connection where one had died while it was idle.
    Reconnect,
    /// A write that the server undid for another transaction is done again.
    Repeat,
    /// A save that the server undid for another transaction has lost the race: this is its answer.
    Answer(T),
}

impl<D: Dialect> SqlxStorage<D> {
    /// A storage for the database at that URL. Does not connect: see [`ready`](Self::ready).
    ///
    /// # Errors
    /// [`OpenError`] for a URL that is none of that database and for a setting out of its range.
    pub fn open(url: &str, options: Options) -> Result<Self, OpenError> {
        Self::with(url.parse().map_err(OpenError::Address)?, options)
    }

    /// The same with sqlx's own options, which can say more than a URL: certificates, a search path, a password from elsewhere.
    ///
    /// # Errors
    /// [`OpenError`] for a setting out of its range.
    pub fn with(address: Address<D>, options: Options) -> Result<Self, OpenError> {
        options.check()?;
        // What is stored is sealed, but how often somebody signs in is nobody's business: sqlx logs every statement.
        let address = address.disable_statement_logging();
        let (dialect, pool) = (D::new(&options.prefix), Pool::new(options.connections));
        Ok(Self { inner: Arc::new(Inner { dialect, address, options, pool }) })
    }

    /// Asks the database whether all is as it must be: it answers, is no standby, and has the tables. For the start of an
    /// application; no call needs it.
    ///
    /// # Errors
    /// [`StorageError`], whose source is a [`Refusal`].
    pub async fn ready(&self) -> Result<(), StorageError> {
        self.load("-").await?;
        self.events("-", None, 1).await.map(drop)
    }

    /// The statements that make the tables, for a migration: text of `contract/schema`, with semicolons and comments.
    ///
    /// # Errors
    /// [`OpenError::Setting`] for a prefix that is none, see [`Options::prefix`].
    pub fn schema(prefix: &str) -> Result<String, OpenError> {
        options::check_prefix(prefix)?;
        Ok(D::schema().replace("twinlock_", &format!("{prefix}twinlock_")))
    }

    /// Makes the tables, for tests and demonstrations; an application has [`schema`](Self::schema) in its migrations.
    ///
    /// # Errors
    /// [`StorageError`], also where they are there already.
    pub async fn create_tables(&self) -> Result<(), StorageError> {
        let script = D::schema().replace("twinlock_", &format!("{}twinlock_", self.inner.options.prefix));
        self.call(script, Setback::Repeat, |dialect, on, script| Box::pin(dialect.run_script(on, script))).await
    }

    /// Closes the connections that no call is using. Later calls open new ones.
    pub async fn close(&self) {
        self.inner.pool.close_idle().await;
    }

    /// Carries out one call as a task of its own: a cancelled caller loses the answer, never the write.
    async fn call<A: Send + Sync + 'static, T: Clone + Send + Sync + 'static>(
        &self,
        about: A,
        setback: Setback<T>,
        work: impl for<'c> Fn(&'c D, &'c mut D::Connection, &'c A) -> Work<'c, T> + Send + Sync + 'static,
    ) -> Result<T, StorageError> {
        let inner = Arc::clone(&self.inner);
        let call = tokio::spawn(async move {
            match timeout(inner.options.timeout, inner.tried(&about, setback, &work)).await {
                Ok(answer) => answer.map_err(|refusal| refusal.told(D::meaning)),
                Err(_) => Err(StorageError::Timeout),
            }
        });
        // A panic below, or a runtime that shuts down: refused.
        call.await.unwrap_or_else(|lost| Err(StorageError::failed(lost)))
    }
}

impl<D: Dialect> Inner<D> {
    async fn tried<A: Sync, T: Clone>(
        &self,
        about: &A,
        setback: Setback<T>,
        work: &(impl for<'c> Fn(&'c D, &'c mut D::Connection, &'c A) -> Work<'c, T> + Sync),
    ) -> Result<T, Refusal> {
        let mut conflicts = 0;
        loop {
            let mut lease = self.lease().await?;
            let refusal = match work(&self.dialect, lease.connection(), about).await {
                Ok(answer) => {
                    lease.give_back();
                    return Ok(answer);
                }
                Err(refusal) => refusal,
            };
            let Refusal::Database(error) = &refusal else { return Err(refusal) };
            match (D::meaning(error), &setback) {
                (Meaning::Gone, Setback::Reconnect) if lease.used => {}
                (Meaning::Conflict, Setback::Repeat) if conflicts < CONFLICTS => conflicts += 1,
                (Meaning::Conflict, Setback::Answer(answer)) => return Ok(answer.clone()),
                _ => return Err(refusal),
            }
        }
    }

    async fn lease(&self) -> Result<Lease<'_, D::Connection>, Refusal> {
        let server = self.options.server_timeout();
        self.pool.lease(D::connect(&self.address, server)).await
    }
}

impl<D: Dialect> AsyncStorage for SqlxStorage<D> {
    async fn load(&self, user_id: &str) -> Result<Option<StoredRecord>, StorageError> {
        let user = user_id.to_owned();
        self.call(user, Setback::Reconnect, |dialect, on, user| Box::pin(dialect.load(on, user))).await
    }

    async fn save(
        &self,
        user_id: &str,
        expected: Option<u64>,
        record: &StoredRecord,
        events: &[Event],
    ) -> Result<bool, StorageError> {
        let user_id = user_id.to_owned();
        let save = Save { user_id, expected, record: record.clone(), events: events.to_vec() };
        self.call(save, Setback::Answer(false), |dialect, on, save| Box::pin(dialect.save(on, save))).await
    }

    async fn erase(&self, user_id: &str) -> Result<(), StorageError> {
        let user = user_id.to_owned();
        self.call(user, Setback::Repeat, |dialect, on, user| Box::pin(dialect.erase(on, user))).await
    }
}

impl<D: Dialect> AsyncReports for SqlxStorage<D> {
    async fn events(&self, user_id: &str, before: Option<[u8; 16]>, limit: usize) -> Result<Vec<Event>, StorageError> {
        let page = (user_id.to_owned(), before, limit);
        self.call(page, Setback::Reconnect, |dialect, on, (user, before, limit)| {
            Box::pin(dialect.events(on, user, *before, *limit))
        })
        .await
    }

    async fn stats(&self, now: u64) -> Result<Stats, StorageError> {
        self.call(now, Setback::Reconnect, |dialect, on, now| Box::pin(dialect.stats(on, *now))).await
    }

    async fn stale(&self, key_id: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, StorageError> {
        // Every user id is more than nothing.
        let page = (key_id.to_owned(), after.unwrap_or_default().to_owned(), limit);
        self.call(page, Setback::Reconnect, |dialect, on, (key, after, limit)| {
            Box::pin(stale(dialect, on, key, after, *limit))
        })
        .await
    }

    /// A thousand at once, each in a commit of its own and each within the time-out.
    async fn purge(&self, before: u64) -> Result<u64, StorageError> {
        let mut purged = 0_u64;
        loop {
            let purge = self.call(before, Setback::Repeat, |dialect, on, before| Box::pin(dialect.purge(on, *before)));
            let gone = purge.await?;
            purged = purged.saturating_add(gone);
            if gone < PURGED_AT_ONCE {
                return Ok(purged);
            }
        }
    }
}

/// Goes from key to key, and keeps the first of all in the order of their ids.
async fn stale<D: Dialect>(
    dialect: &D,
    on: &mut D::Connection,
    key_id: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<String>, Refusal> {
    let mut users = Vec::new();
    let mut key = dialect.next_key(on, "").await?;
    while let Some(sealed_by) = key {
        if sealed_by != key_id {
            users.extend(dialect.sealed_by(on, &sealed_by, after, limit).await?);
        }
        key = dialect.next_key(on, &sealed_by).await?;
    }
    users.sort_unstable();
    users.truncate(limit);
    Ok(users)
}

impl<D: Dialect> std::fmt::Debug for SqlxStorage<D> {
    /// Without the address, which may hold a password.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct(D::name()).field("options", &self.inner.options).finish_non_exhaustive()
    }
}
