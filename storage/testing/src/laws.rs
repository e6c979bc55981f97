//! What every storage must hold to beyond the kit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Barrier;
use twinlock::testing::example_event;
use twinlock::{AsyncReports, AsyncStorage, Event, EventKind, StoredRecord};

const NOW: u64 = 1_700_000_000;

/// A record of that version.
#[must_use]
pub fn record(version: u64) -> StoredRecord {
    StoredRecord { version, enabled: true, key_id: "2026a".to_owned(), data: version.to_be_bytes().to_vec() }
}

/// An event with an id that no other has; later ones have greater ids.
#[must_use]
pub fn event(user_id: &str) -> Event {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut id = [0; 16];
    id[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    id[8..12].copy_from_slice(&std::process::id().to_be_bytes());
    Event { id, user_id: user_id.to_owned(), ..example_event() }
}

fn told(user_id: &str, kind: EventKind, at: u64) -> Event {
    Event { kind: kind.as_str().into(), at, ..event(user_id) }
}

/// Of parallel saves of one version exactly one wins, whichever storage they go through.
pub async fn one_winner<S: AsyncStorage + 'static>(storages: Vec<S>) {
    let storages: Vec<_> = storages.into_iter().map(Arc::new).collect();
    for round in 0_u64..20 {
        let barrier = Arc::new(Barrier::new(storages.len()));
        let saves: Vec<_> = storages
            .iter()
            .map(|storage| {
                let (storage, barrier) = (storage.clone(), barrier.clone());
                tokio::spawn(async move {
                    barrier.wait().await;
                    storage.save("ada", round.checked_sub(1), &record(round), &[event("ada")]).await.unwrap()
                })
            })
            .collect();
        let mut won = 0;
        for save in saves {
            won += usize::from(save.await.unwrap());
        }
        assert_eq!(won, 1, "round {round}");
    }
}

/// Neither a save that came too late nor one that was to create leaves an event.
pub async fn lost_race_writes_no_events(storage: &(impl AsyncStorage + AsyncReports)) {
    assert!(storage.save("ada", None, &record(1), &[]).await.unwrap());
    assert!(!storage.save("ada", Some(7), &record(8), &[event("ada")]).await.unwrap());
    assert!(!storage.save("ada", None, &record(8), &[event("ada")]).await.unwrap());
    assert!(storage.events("ada", None, 10).await.unwrap().is_empty());
    assert_eq!(storage.load("ada").await.unwrap(), Some(record(1)));
    assert!(storage.save("ada", Some(1), &record(2), &[event("ada")]).await.unwrap());
    assert_eq!(storage.events("ada", None, 10).await.unwrap().len(), 1);
}

/// Every column of an event comes back; pages do not overlap; erase takes the events along.
pub async fn events_come_newest_first_and_page_by_page(storage: &(impl AsyncStorage + AsyncReports)) {
    let mut events: Vec<_> = (0..7).map(|_| event("ada")).collect();
    events[1].actor = Some("grace \u{1F469}\u{200D}\u{1F4BB}".to_owned());
    events[2].context = None;
    events[3].success = false;
    events[3].method = None;
    events[4].detail = twinlock::Detail::from_json(r#"{"left":3,"reason":"a \"b\""}"#).unwrap();
    assert!(storage.save("ada", None, &record(1), &events).await.unwrap());
    assert!(storage.save("bob", None, &record(1), &[event("bob")]).await.unwrap());
    events.reverse();
    assert_eq!(storage.events("ada", None, 100).await.unwrap(), events);
    let page = storage.events("ada", None, 3).await.unwrap();
    assert_eq!(page, events[..3]);
    assert_eq!(storage.events("ada", Some(page[2].id), 100).await.unwrap(), events[3..]);
    storage.erase("ada").await.unwrap();
    assert!(storage.events("ada", None, 100).await.unwrap().is_empty());
    assert_eq!(storage.events("bob", None, 100).await.unwrap().len(), 1);
}

/// Only users who have a second factor, only events of the last thirty days.
pub async fn stats_count_users_and_events(storage: &(impl AsyncStorage + AsyncReports)) {
    let month = 30 * 86_400;
    let events = [
        told("ada", EventKind::Enrolled, NOW - month),
        told("ada", EventKind::Enrolled, NOW - month - 1),
        told("ada", EventKind::Disabled, NOW),
        told("ada", EventKind::Reset, NOW - 1),
        told("ada", EventKind::Failed, NOW - 5),
        told("ada", EventKind::Verified, NOW),
    ];
    assert!(storage.save("ada", None, &record(1), &events).await.unwrap());
    let off = StoredRecord { enabled: false, ..record(1) };
    assert!(storage.save("bob", None, &off, &[]).await.unwrap());
    let stats = storage.stats(NOW).await.unwrap();
    assert_eq!((stats.enabled_users, stats.enabled_30d), (1, 1));
    assert_eq!((stats.disabled_30d, stats.failed_30d), (2, 1));
    assert_eq!(storage.stats(5).await.unwrap().failed_30d, 1, "a clock near the epoch is no fault");
}

/// All but those of the active key, by the bytes of their ids, page by page.
pub async fn stale_records_come_in_order(storage: &(impl AsyncStorage + AsyncReports)) {
    let users = ["Z", "a", "b", "c", "d", "é", "\u{FFFD}", "\u{1F600}"];
    for (number, user) in users.iter().enumerate() {
        let key_id = ["2024", "2025b", "2026a", "2027z"][number % 4].to_owned();
        assert!(storage.save(user, None, &StoredRecord { key_id, ..record(1) }, &[]).await.unwrap());
    }
    let stale = storage.stale("2026a", None, 100).await.unwrap();
    assert_eq!(stale, ["Z", "a", "c", "d", "é", "\u{1F600}"]);
    assert_eq!(storage.stale("2026a", None, 2).await.unwrap(), stale[..2]);
    assert_eq!(storage.stale("2026a", Some("a"), 2).await.unwrap(), stale[2..4]);
    assert!(storage.stale("2026a", Some("\u{1F600}"), 2).await.unwrap().is_empty());
}

/// Strictly older ones go, and their number is told.
pub async fn old_events_are_purged(storage: &(impl AsyncStorage + AsyncReports)) {
    let events: Vec<_> = (0..10).map(|second| told("ada", EventKind::Verified, NOW + second)).collect();
    assert!(storage.save("ada", None, &record(1), &events).await.unwrap());
    assert_eq!(storage.purge(NOW + 4).await.unwrap(), 4);
    assert_eq!(storage.purge(NOW + 4).await.unwrap(), 0);
    let left: Vec<_> = storage.events("ada", None, 100).await.unwrap().iter().map(|event| event.at - NOW).collect();
    assert_eq!(left, [9, 8, 7, 6, 5, 4]);
    assert_eq!(storage.load("ada").await.unwrap(), Some(record(1)));
}
