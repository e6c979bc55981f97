//! What only a walk through all keys can tell. Each command has its own time-out; the walk has none.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::task::JoinSet;
use twinlock::{EventKind, Stats, StorageError};

use crate::calls::Setback;
use crate::error::Refusal;
use crate::layout::{self, events_key, list, record_key, user_of};
use crate::link::To;
use crate::store::Inner;

/// How many keys one `SCAN` looks at.
const LOOKED_AT: usize = 500;

/// Thirty days in seconds.
const MONTH: u64 = 30 * 86_400;

pub(crate) async fn stats(inner: Arc<Inner>, now: u64) -> Result<Stats, StorageError> {
    let since = now.saturating_sub(MONTH);
    let mut all = Stats::default();
    let of_user = move |inner: Arc<Inner>, user: String| async move { stats_of(&inner, &user, since).await };
    each_user(inner, of_user, |stats: Stats| {
        all.enabled_users = all.enabled_users.saturating_add(stats.enabled_users);
        all.enabled_30d = all.enabled_30d.saturating_add(stats.enabled_30d);
        all.disabled_30d = all.disabled_30d.saturating_add(stats.disabled_30d);
        all.failed_30d = all.failed_30d.saturating_add(stats.failed_30d);
    })
    .await?;
    Ok(all)
}

async fn stats_of(inner: &Inner, user: &str, since: u64) -> Result<Stats, StorageError> {
    // Gone meanwhile: off.
    let enabled = field(inner, user, "enabled").await?.map_or(Ok(false), |enabled| layout::yes(&enabled))?;
    let mut stats = Stats { enabled_users: enabled.into(), ..Stats::default() };
    for event in inner.events(user).await?.iter().filter(|event| event.at >= since) {
        let kind = EventKind::ALL.iter().find(|kind| kind.as_str() == event.kind);
        let count = match kind {
            Some(EventKind::Enrolled) => &mut stats.enabled_30d,
            Some(EventKind::Disabled | EventKind::Reset) => &mut stats.disabled_30d,
            Some(EventKind::Failed) => &mut stats.failed_30d,
            _ => continue,
        };
        *count = count.saturating_add(1);
    }
    Ok(stats)
}

pub(crate) async fn stale(
    inner: Arc<Inner>,
    key_id: String,
    after: String,
    limit: usize,
) -> Result<Vec<String>, StorageError> {
    let key_id: Arc<str> = key_id.into();
    let of_user = move |inner: Arc<Inner>, user: String| {
        let (key_id, asked) = (Arc::clone(&key_id), user > after);
        async move {
            // Gone meanwhile: not stale.
            let key = if asked { field(&inner, &user, "key_id").await? } else { None };
            Ok(key.filter(|key| **key != *key_id).map(|_| user))
        }
    };
    let mut users = Vec::new();
    each_user(inner, of_user, |user: Option<String>| users.extend(user)).await?;
    users.sort_unstable();
    users.truncate(limit);
    Ok(users)
}

pub(crate) async fn purge(inner: Arc<Inner>, before: u64) -> Result<u64, StorageError> {
    let of_user = move |inner: Arc<Inner>, user: String| async move {
        let key = events_key(&inner.options.prefix, &user);
        let gone = inner.calls.run(&inner.purge, &[&key], &[before.to_string()]).await?;
        Ok(u64::try_from(gone).map_err(|_| Refusal::Unreadable("the script's answer"))?)
    };
    let mut purged = 0_u64;
    each_user(inner, of_user, |gone| purged = purged.saturating_add(gone)).await?;
    Ok(purged)
}

/// Each user once, though `SCAN` may give a key twice; those of one answer at the same time.
async fn each_user<T, F>(
    inner: Arc<Inner>,
    of_user: impl Fn(Arc<Inner>, String) -> F,
    mut take: impl FnMut(T),
) -> Result<(), StorageError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, StorageError>> + Send + 'static,
{
    if !inner.options.scan {
        return Err(Refusal::ScanIsOff.into());
    }
    let mut seen = HashSet::new();
    for primary in inner.calls.primaries().await? {
        let mut cursor = "0".to_owned();
        loop {
            let (next, keys) = scan(&inner, &primary, &cursor).await?;
            let mut page = JoinSet::new();
            for user in keys.iter().filter_map(|key| user_of(&inner.options.prefix, key)) {
                if seen.insert(user.clone()) {
                    page.spawn(of_user(Arc::clone(&inner), user));
                }
            }
            while let Some(answer) = page.join_next().await {
                take(answer.map_err(StorageError::failed)??);
            }
            if next == "0" {
                break;
            }
            cursor = next;
        }
    }
    Ok(())
}

async fn scan(inner: &Inner, primary: &To, cursor: &str) -> Result<(String, Vec<String>), StorageError> {
    let mut scan = redis::cmd("SCAN");
    let pattern = format!("{}:{{*}}:record", inner.options.prefix);
    scan.arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(LOOKED_AT);
    let answer = inner.calls.ask(primary, &scan, Setback::Repeat).await?;
    Ok(redis::from_redis_value(answer).map_err(|_| Refusal::Unreadable("SCAN"))?)
}

async fn field(inner: &Inner, user: &str, name: &str) -> Result<Option<String>, StorageError> {
    let mut field = redis::cmd("HMGET");
    field.arg(record_key(&inner.options.prefix, user)).arg(name);
    let [value] = list(inner.ask(&field, Setback::Repeat).await?, "record")?
        .try_into()
        .map_err(|_| Refusal::Unreadable("record"))?;
    Ok(value)
}
