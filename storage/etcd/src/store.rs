//! One linearizable read and one conditional transaction per step.

use std::fmt;
use std::sync::Arc;

use twinlock::{AsyncStorage, Event, StorageError, StoredRecord};

use crate::client::{Client, Kind};
use crate::error::{ConnectError, Unreadable};
use crate::layout::{self, Keys, Layout};
use crate::options::Options;
use crate::wire::{Op, RangeRequest, TxnRequest, TxnResponse};

/// How many keys etcd takes in one transaction, unless it is set up otherwise (`--max-txn-ops`).
pub(crate) const OPERATIONS: usize = 128;

/// Records and events in etcd; cheap to clone, and safe to share between tasks. Needs a Tokio runtime.
///
/// ```no_run
/// use twinlock::AsyncStorage;
/// use twinlock_etcd::{EtcdStorage, Options};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let nodes = ["http://10.0.0.1:2379", "http://10.0.0.2:2379", "http://10.0.0.3:2379"];
/// let storage = EtcdStorage::connect(nodes, Options::new().credentials("shop", "secret")).await?;
/// assert_eq!(storage.load("42").await?, None);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct EtcdStorage {
    pub(crate) client: Arc<Client>,
    pub(crate) layout: Layout,
}

impl EtcdStorage {
    /// Connects to a cluster by the client URLs of its nodes (`http://host:port`, or `https://` with the feature `tls`). Name all:
    /// a node that is down is passed over.
    ///
    /// # Errors
    /// [`ConnectError`], which says what is wrong; also when no majority answers within the time-out.
    ///
    /// ```no_run
    /// use twinlock_etcd::{EtcdStorage, Options};
    ///
    /// # async fn example() -> Result<(), twinlock_etcd::ConnectError> {
    /// let storage = EtcdStorage::connect(["http://127.0.0.1:2379"], Options::new()).await?;
    /// # let _ = storage;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect(
        endpoints: impl IntoIterator<Item = impl Into<String>>,
        options: Options,
    ) -> Result<Self, ConnectError> {
        let endpoints: Vec<String> = endpoints.into_iter().map(Into::into).collect();
        let options = options.checked()?;
        let client = Arc::new(Client::new(&endpoints, &options)?);
        let storage = Self { client, layout: Layout::new(&options.prefix) };
        // A wrong password shall show now and not at the first sign-in.
        let Keys { from, to } = storage.layout.records(None);
        let first = RangeRequest { key: from, range_end: to, limit: 1, ..RangeRequest::default() };
        storage.client.call(Kind::Read, &first).await.map_err(ConnectError::of)?;
        Ok(storage)
    }

    /// Carries it out even when nobody waits any more: a caller that is cancelled loses the answer, never the write.
    pub(crate) async fn write(&self, transaction: TxnRequest) -> Result<bool, StorageError> {
        let client = Arc::clone(&self.client);
        let written = tokio::spawn(async move { client.call(Kind::Write, &transaction).await });
        let TxnResponse { succeeded } = written.await.map_err(StorageError::failed)??;
        Ok(succeeded)
    }
}

impl fmt::Debug for EtcdStorage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EtcdStorage").field("layout", &self.layout).finish_non_exhaustive()
    }
}

impl AsyncStorage for EtcdStorage {
    async fn load(&self, user_id: &str) -> Result<Option<StoredRecord>, StorageError> {
        let key = RangeRequest { key: self.layout.record(user_id), ..RangeRequest::default() };
        let found = self.client.call(Kind::Read, &key).await?;
        found.kvs.first().map(|found| layout::read(&found.value)).transpose()
    }

    async fn save(
        &self,
        user_id: &str,
        expected: Option<u64>,
        record: &StoredRecord,
        events: &[Event],
    ) -> Result<bool, StorageError> {
        if events.len() >= OPERATIONS {
            return Err(Unreadable::TooManyEvents.into());
        }
        let key = self.layout.record(user_id);
        let compare = layout::unchanged(&key, expected)?;
        let mut then = vec![Op::put(key, layout::written(record)?)];
        then.extend(
            events
                .iter()
                .map(|event| Op::put(self.layout.event(&event.user_id, event.id), event.to_json().into_bytes())),
        );
        self.write(TxnRequest { compare, then }).await
    }

    async fn erase(&self, user_id: &str) -> Result<(), StorageError> {
        let events = self.layout.events(user_id, None);
        let then = vec![Op::delete(self.layout.record(user_id), Vec::new()), Op::delete(events.from, events.to)];
        self.write(TxnRequest { compare: Vec::new(), then }).await.map(drop)
    }
}
