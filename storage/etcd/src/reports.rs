//! What an operator asks. etcd has no index but its keys, so all but `events` read every record or every event, a page at a time.

use twinlock::{AsyncReports, Event, EventKind, Stats, StorageError};

use crate::client::Kind;
use crate::layout::{self, Keys};
use crate::store::{EtcdStorage, OPERATIONS};
use crate::wire::{KeyValue, Op, RangeRequest, SortOrder, TxnRequest};

/// Thirty days in seconds.
const MONTH: u64 = 30 * 86_400;
/// So many at once; as many as one transaction can delete.
const PAGE: usize = OPERATIONS;

impl AsyncReports for EtcdStorage {
    async fn events(&self, user_id: &str, before: Option<[u8; 16]>, limit: usize) -> Result<Vec<Event>, StorageError> {
        let (mut events, mut before) = (Vec::new(), before);
        while events.len() < limit {
            let wanted = PAGE.min(limit.saturating_sub(events.len()));
            let Keys { from, to } = self.layout.events(user_id, before);
            let (page, more) = self.range(Keys { from, to }, wanted, SortOrder::Descending).await?;
            for found in &page {
                events.push(layout::read_event(&found.value)?);
            }
            before = events.last().map(|event: &Event| event.id);
            if !more {
                break;
            }
        }
        Ok(events)
    }

    /// Reads every record and every event.
    async fn stats(&self, now: u64) -> Result<Stats, StorageError> {
        let mut stats = Stats::default();
        self.each(self.layout.records(None), |found| {
            stats.enabled_users = stats.enabled_users.saturating_add(layout::read(&found.value)?.enabled.into());
            Ok(())
        })
        .await?;
        let since = now.saturating_sub(MONTH);
        self.each(self.layout.all_events(), |found| {
            let event = layout::read_event(&found.value)?;
            let is = |kind: EventKind| event.kind == kind.as_str();
            let count = match () {
                () if event.at < since => return Ok(()),
                () if is(EventKind::Enrolled) => &mut stats.enabled_30d,
                () if is(EventKind::Disabled) || is(EventKind::Reset) => &mut stats.disabled_30d,
                () if is(EventKind::Failed) => &mut stats.failed_30d,
                () => return Ok(()),
            };
            *count = count.saturating_add(1);
            Ok(())
        })
        .await?;
        Ok(stats)
    }

    /// Reads every record after `after`, until `limit` are found.
    async fn stale(&self, key_id: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, StorageError> {
        let (mut users, mut keys) = (Vec::new(), self.layout.records(after));
        while users.len() < limit {
            let (page, more) = self.range(keys.clone(), PAGE, SortOrder::None).await?;
            for found in &page {
                if layout::read(&found.value)?.key_id != key_id {
                    users.push(self.layout.user(&found.key)?);
                }
            }
            let Some(next) = page.last().filter(|_| more).map(|last| after_key(&last.key)) else { break };
            keys.from = next;
        }
        users.truncate(limit);
        Ok(users)
    }

    /// Reads every event.
    async fn purge(&self, before: u64) -> Result<u64, StorageError> {
        let (mut purged, mut keys) = (0_u64, self.layout.all_events());
        loop {
            let (page, more) = self.range(keys.clone(), PAGE, SortOrder::None).await?;
            let mut then = Vec::new();
            for found in &page {
                if layout::read_event(&found.value)?.at < before {
                    then.push(Op::delete(found.key.clone(), Vec::new()));
                }
            }
            let gone = then.len() as u64;
            if gone > 0 {
                self.write(TxnRequest { compare: Vec::new(), then }).await?;
            }
            purged = purged.saturating_add(gone);
            let Some(next) = page.last().filter(|_| more).map(|last| after_key(&last.key)) else { return Ok(purged) };
            keys.from = next;
        }
    }
}

impl EtcdStorage {
    /// One page, and whether there is more.
    async fn range(&self, keys: Keys, limit: usize, order: SortOrder) -> Result<(Vec<KeyValue>, bool), StorageError> {
        let request = RangeRequest {
            key: keys.from,
            range_end: keys.to,
            limit: i64::try_from(limit).unwrap_or(i64::MAX),
            sort_order: order.into(),
        };
        let found = self.client.call(Kind::Read, &request).await?;
        Ok((found.kvs, found.more))
    }

    async fn each(
        &self,
        mut keys: Keys,
        mut look: impl FnMut(&KeyValue) -> Result<(), StorageError> + Send,
    ) -> Result<(), StorageError> {
        loop {
            let (page, more) = self.range(keys.clone(), PAGE, SortOrder::None).await?;
            page.iter().try_for_each(&mut look)?;
            let Some(last) = page.last().filter(|_| more) else { return Ok(()) };
            keys.from = after_key(&last.key);
        }
    }
}

/// The first key behind that one.
fn after_key(key: &[u8]) -> Vec<u8> {
    [key, &[0]].concat()
}
