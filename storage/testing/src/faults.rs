//! Servers that are killed or stand still: refused in time, and nothing half told.

use std::time::{Duration, Instant};

use twinlock::{AsyncReports, AsyncStorage, StorageError};

use crate::laws::{event, record};
use crate::servers::Server;

/// How much later than its time-out a call may come back on a busy machine.
const GRACE: Duration = Duration::from_secs(2);

/// While the server is dead every call is refused in time; once it is back the same storage goes on, with all that was told saved.
///
/// # Panics
/// When it does not.
pub async fn killed<S: AsyncStorage + AsyncReports>(server: &mut Server, storage: &S, timeout: Duration) {
    assert!(storage.save("ada", None, &record(1), &[event("ada")]).await.unwrap());
    tokio::task::block_in_place(|| server.command("kill"));
    let start = Instant::now();
    assert!(storage.load("ada").await.is_err());
    assert!(storage.save("ada", Some(1), &record(2), &[event("ada")]).await.is_err());
    assert!(start.elapsed() < (timeout + GRACE) * 2, "{:?}", start.elapsed());
    tokio::task::block_in_place(|| server.command("start"));
    assert_eq!(back(storage).await, Some(record(1)));
    assert!(storage.save("ada", Some(1), &record(2), &[event("ada")]).await.unwrap());
    assert_eq!(storage.events("ada", None, 10).await.unwrap().len(), 2);
}

/// While the server stands still every call is refused with a time-out; afterwards record and events agree.
///
/// # Panics
/// When they do not.
pub async fn paused<S: AsyncStorage + AsyncReports>(server: &mut Server, storage: &S, timeout: Duration) {
    assert!(storage.save("ada", None, &record(1), &[event("ada")]).await.unwrap());
    tokio::task::block_in_place(|| server.command("pause"));
    let start = Instant::now();
    assert!(matches!(storage.save("ada", Some(1), &record(2), &[event("ada")]).await, Err(StorageError::Timeout)));
    assert!(matches!(storage.load("ada").await, Err(StorageError::Timeout)));
    assert!(start.elapsed() < (timeout + GRACE) * 2, "{:?}", start.elapsed());
    tokio::task::block_in_place(|| server.command("resume"));
    // The save was sent: it may have been done in the end, wholly or not at all.
    let version = back(storage).await.unwrap().version;
    let last = storage.save("ada", Some(version), &record(version + 1), &[event("ada")]).await.unwrap();
    let now = storage.load("ada").await.unwrap().unwrap().version;
    let events = storage.events("ada", None, 10).await.unwrap().len() as u64;
    assert!(!last || now == version + 1);
    assert_eq!(events, now, "an event for each version");
}

/// Until the server answers: it may still be starting.
async fn back<S: AsyncStorage>(storage: &S) -> Option<twinlock::StoredRecord> {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        match storage.load("ada").await {
            Ok(found) => return found,
            Err(error) if Instant::now() > end => panic!("the storage did not come back: {error:?}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
