//! The storage: three commands, one of them a script.

use std::sync::Arc;

use redis::{Client, Cmd, IntoConnectionInfo, Value};
use twinlock::{AsyncReports, AsyncStorage, Event, Stats, StorageError, StoredRecord};

use crate::calls::{Calls, Setback};
use crate::error::{OpenError, Refusal};
use crate::layout::{self, KEPT, events_key, record_key};
use crate::link::{Source, To};
use crate::options::Options;
use crate::script::Script;
use crate::sweep;

/// Records and events in Redis or Valkey.
///
/// Safe to share between tasks of one tokio runtime, on which all calls are to be made. All of them go over one connection of its
/// own (in a cluster one to each node), which is opened when it is needed and again when it broke.
///
/// It refuses to work unless `maxmemory-policy` is `noeviction` on every primary.
pub struct RedisStorage {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) options: Options,
    pub(crate) calls: Calls,
    save: Script,
    pub(crate) purge: Script,
}

impl RedisStorage {
    /// A storage for the server at that URL, or with redis-rs' own `ConnectionInfo`. Does not connect: see [`ready`](Self::ready).
    ///
    /// # Errors
    /// [`OpenError`] for a URL that is none of Redis and for a setting out of its range.
    ///
    /// ```
    /// use twinlock_redis::{Options, RedisStorage};
    ///
    /// let storage = RedisStorage::open("redis://twinlock:secret@redis.internal/0", Options::default())?;
    /// assert!(!format!("{storage:?}").contains("secret"));
    /// # Ok::<(), twinlock_redis::OpenError>(())
    /// ```
    pub fn open(server: impl IntoConnectionInfo, options: Options) -> Result<Self, OpenError> {
        let client = Client::open(server).map_err(OpenError::Address)?;
        Self::over(Source::Single(Box::new(client)), options)
    }

    /// A storage in a cluster, of which some nodes are named; the others are found. Reads go to primaries only.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    ///
    /// ```
    /// use twinlock_redis::{Options, RedisStorage};
    ///
    /// let storage = RedisStorage::open_cluster(["redis://10.0.0.1", "redis://10.0.0.2"], Options::default())?;
    /// # let _ = storage;
    /// # Ok::<(), twinlock_redis::OpenError>(())
    /// ```
    #[cfg(feature = "cluster")]
    pub fn open_cluster<N: IntoConnectionInfo>(
        nodes: impl IntoIterator<Item = N>,
        options: Options,
    ) -> Result<Self, OpenError> {
        let patience = options.timeout;
        let client = redis::cluster::ClusterClient::builder(nodes)
            .connection_timeout(patience)
            .response_timeout(patience)
            .build()
            .map_err(OpenError::Address)?;
        Self::over(Source::Cluster(Box::new(client)), options)
    }

    fn over(source: Source, options: Options) -> Result<Self, OpenError> {
        options.check()?;
        let calls = Calls::new(source, options.timeout);
        Ok(Self { inner: Arc::new(Inner { options, calls, save: Script::save(), purge: Script::purge() }) })
    }

    /// Asks every primary whether it loses nothing on purpose; any other first call does so, too.
    ///
    /// # Errors
    /// [`StorageError`], whose source is a [`Refusal`].
    pub async fn ready(&self) -> Result<(), StorageError> {
        self.load("-").await.map(drop)
    }

    /// Lets go of the connection. Later calls open another one.
    pub fn close(&self) {
        self.inner.calls.close();
    }

    /// Carries out one call as a task of its own: a cancelled caller loses the answer, never the write.
    async fn call<T: Send + 'static, F: Future<Output = Result<T, StorageError>> + Send + 'static>(
        &self,
        work: impl FnOnce(Arc<Inner>) -> F,
    ) -> Result<T, StorageError> {
        let call = tokio::spawn(work(Arc::clone(&self.inner)));
        // A panic below, or a runtime that shuts down: refused.
        call.await.unwrap_or_else(|lost| Err(StorageError::failed(lost)))
    }
}

impl Inner {
    pub(crate) async fn ask(&self, command: &Cmd, setback: Setback) -> Result<Value, StorageError> {
        self.calls.ask(&To::Key, command, setback).await
    }

    async fn load(&self, user: &str) -> Result<Option<StoredRecord>, StorageError> {
        let mut fields = redis::cmd("HMGET");
        fields.arg(record_key(&self.options.prefix, user)).arg(&["version", "enabled", "key_id", "data"]);
        Ok(layout::record(self.ask(&fields, Setback::Repeat).await?)?)
    }

    async fn save(
        &self,
        user: &str,
        expected: Option<u64>,
        record: &StoredRecord,
        events: &[String],
    ) -> Result<bool, StorageError> {
        let Options { prefix, .. } = &self.options;
        let mut arguments = vec![expected.map_or_else(String::new, |expected| expected.to_string())];
        arguments.extend(layout::fields(record));
        arguments.push(KEPT.to_string());
        arguments.extend_from_slice(events);
        match self.calls.run(&self.save, &[&record_key(prefix, user), &events_key(prefix, user)], &arguments).await? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Refusal::Unreadable("the script's answer").into()),
        }
    }

    async fn erase(&self, user: &str) -> Result<(), StorageError> {
        let Options { prefix, .. } = &self.options;
        let mut delete = redis::cmd("DEL");
        delete.arg(record_key(prefix, user)).arg(events_key(prefix, user));
        self.ask(&delete, Setback::Repeat).await.map(drop)
    }

    /// All that are kept, the newest first: clocks of several servers may have swapped neighbours.
    pub(crate) async fn events(&self, user: &str) -> Result<Vec<Event>, StorageError> {
        let mut range = redis::cmd("LRANGE");
        range.arg(events_key(&self.options.prefix, user)).arg(0).arg(-1);
        let mut events = layout::events(self.ask(&range, Setback::Repeat).await?)?;
        events.sort_unstable_by_key(|event| std::cmp::Reverse(event.id));
        Ok(events)
    }
}

impl AsyncStorage for RedisStorage {
    async fn load(&self, user_id: &str) -> Result<Option<StoredRecord>, StorageError> {
        let user = user_id.to_owned();
        self.call(|inner| async move { inner.load(&user).await }).await
    }

    async fn save(
        &self,
        user_id: &str,
        expected: Option<u64>,
        record: &StoredRecord,
        events: &[Event],
    ) -> Result<bool, StorageError> {
        let (user, record) = (user_id.to_owned(), record.clone());
        let events: Vec<_> = events.iter().map(Event::to_json).collect();
        self.call(move |inner| async move { inner.save(&user, expected, &record, &events).await }).await
    }

    async fn erase(&self, user_id: &str) -> Result<(), StorageError> {
        let user = user_id.to_owned();
        self.call(|inner| async move { inner.erase(&user).await }).await
    }
}

impl AsyncReports for RedisStorage {
    /// Of the 200 newest that are kept.
    async fn events(&self, user_id: &str, before: Option<[u8; 16]>, limit: usize) -> Result<Vec<Event>, StorageError> {
        let user = user_id.to_owned();
        let mut events = self.call(|inner| async move { inner.events(&user).await }).await?;
        events.retain(|event| before.is_none_or(|before| event.id < before));
        events.truncate(limit);
        Ok(events)
    }

    async fn stats(&self, now: u64) -> Result<Stats, StorageError> {
        self.call(|inner| async move { sweep::stats(inner, now).await }).await
    }

    async fn stale(&self, key_id: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, StorageError> {
        // Every user id is more than nothing.
        let (key_id, after) = (key_id.to_owned(), after.unwrap_or_default().to_owned());
        self.call(move |inner| async move { sweep::stale(inner, key_id, after, limit).await }).await
    }

    async fn purge(&self, before: u64) -> Result<u64, StorageError> {
        self.call(|inner| async move { sweep::purge(inner, before).await }).await
    }
}

impl std::fmt::Debug for RedisStorage {
    /// Without the address, which may hold a password.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RedisStorage").field("options", &self.inner.options).finish_non_exhaustive()
    }
}
