//! What every storage must hold to: one list, for blocking and asynchronous ones alike.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use sha2::{Digest, Sha256};

use super::example_event;
use crate::event::Event;
use crate::storage::{AsyncStorage, Storage, StorageError, StoredRecord};

type Verdict = Result<(), String>;

macro_rules! must {
    ($condition:expr, $($rule:tt)+) => {
        if !$condition {
            return Err(format!($($rule)+));
        }
    };
}

/// Holds a blocking storage to the contract of [`Storage`]. `open` gives another connection to the same, empty data each time;
/// `together` runs all jobs at once, on threads, and gives their answers.
///
/// # Errors
/// The rule that was broken, in words.
///
/// ```
/// use std::sync::Arc;
/// use twinlock::{MemoryStorage, testing::storage_kit};
///
/// let memory = Arc::new(MemoryStorage::new());
/// storage_kit(
///     || memory.clone(),
///     |jobs| std::thread::scope(|scope| {
///         let threads: Vec<_> = jobs.into_iter().map(|job| scope.spawn(job)).collect();
///         threads.into_iter().map(|thread| thread.join().unwrap()).collect()
///     }),
/// )?;
/// # Ok::<(), String>(())
/// ```
pub fn storage_kit<S: Storage>(
    open: impl Fn() -> S,
    together: impl Fn(Vec<Box<dyn FnOnce() -> bool + Send + '_>>) -> Vec<bool>,
) -> Result<(), String> {
    at_once(storage_kit_async(|| Blocking(open())))?;
    one_winner(&open, together)
}

/// Holds an asynchronous storage to the contract; the race between parallel saves is the caller's to add, on its runtime.
///
/// # Errors
/// The rule that was broken, in words.
///
/// ```
/// use std::sync::Arc;
/// use twinlock::{MemoryStorage, testing::storage_kit_async};
///
/// let memory = Arc::new(MemoryStorage::new());
/// let verdict = storage_kit_async(|| memory.clone());
/// # let _ = verdict;
/// ```
pub async fn storage_kit_async<S: AsyncStorage>(open: impl Fn() -> S) -> Result<(), String> {
    create_once(&open()).await?;
    stale_save_is_refused(&open()).await?;
    bytes_come_back(&open(), &open()).await?;
    odd_user_ids_stay_apart(&open()).await?;
    erase_leaves_nothing(&open()).await
}

fn record(version: u64, data: &[u8]) -> StoredRecord {
    StoredRecord { version, enabled: true, key_id: "2026a".to_owned(), data: data.to_vec() }
}

fn said(error: &StorageError) -> String {
    format!("the storage failed: {error:?}")
}

async fn save(
    storage: &impl AsyncStorage,
    user: &str,
    expected: Option<u64>,
    record: &StoredRecord,
) -> Result<bool, String> {
    let events = [Event { id: event_id(user, record), user_id: user.to_owned(), ..example_event() }];
    let events = if expected.is_none() { &events[..] } else { &[] };
    storage.save(user, expected, record, events).await.map_err(|error| said(&error))
}

/// Ids are unique in the whole store, as the engine makes them.
fn event_id(user: &str, record: &StoredRecord) -> [u8; 16] {
    let digest = Sha256::new().chain_update(record.version.to_be_bytes()).chain_update(user).finalize();
    digest.first_chunk().copied().unwrap_or_default()
}

async fn load(storage: &impl AsyncStorage, user: &str) -> Result<Option<StoredRecord>, String> {
    storage.load(user).await.map_err(|error| said(&error))
}

async fn create_once(storage: &impl AsyncStorage) -> Verdict {
    let (first, second) = (record(7, b"first"), record(8, b"second"));
    must!(load(storage, "kit-create").await?.is_none(), "a user nobody saved must load as none");
    must!(!save(storage, "kit-create", Some(7), &first).await?, "a save that expects a version must not create");
    must!(save(storage, "kit-create", None, &first).await?, "the first save must create");
    must!(!save(storage, "kit-create", None, &second).await?, "a save that expects none must not replace");
    must!(load(storage, "kit-create").await? == Some(first), "the refused save must change nothing");
    Ok(())
}

async fn stale_save_is_refused(storage: &impl AsyncStorage) -> Verdict {
    let user = "kit-stale";
    let big = (1 << 53) - 2_u64;
    must!(save(storage, user, None, &record(big, b"1")).await?, "versions up to 2^53 must be kept");
    must!(
        save(storage, user, Some(big), &record(big.saturating_add(1), b"2")).await?,
        "a save of the loaded version must win"
    );
    must!(!save(storage, user, Some(big), &record(big.saturating_add(1), b"3")).await?, "a stale save must lose");
    let last = load(storage, user).await?;
    must!(last.is_some_and(|last| last.data == b"2"), "a stale save must write nothing");
    Ok(())
}

async fn bytes_come_back(writer: &impl AsyncStorage, reader: &impl AsyncStorage) -> Verdict {
    let every_byte: Vec<u8> = (0..=255).cycle().take(65_536).collect();
    for data in [&[][..], &[0], b"\0\xff\r\n'\";--", &every_byte] {
        let user = format!("kit-bytes-{}", data.len());
        let record = StoredRecord { enabled: data.is_empty(), ..record(3, data) };
        must!(save(writer, &user, None, &record).await?, "a record of {} bytes must be saved", data.len());
        must!(
            load(reader, &user).await? == Some(record),
            "another connection must see the same record of {} bytes",
            data.len()
        );
    }
    Ok(())
}

async fn odd_user_ids_stay_apart(storage: &impl AsyncStorage) -> Verdict {
    let long = "x".repeat(255);
    let users = [
        "ada",
        "Ada",
        "ADA",
        "ada ",
        " ada",
        "adä",
        "ada\u{308}",
        "%",
        "_",
        "a'b",
        "42",
        "042",
        "4.2e1",
        "ß",
        "ss",
        &long,
    ];
    for (user, version) in users.into_iter().zip(1..) {
        let record = record(version, user.as_bytes());
        must!(
            save(storage, user, None, &record).await?,
            "user ids are compared byte by byte: {user:?} was taken for another"
        );
    }
    for user in users {
        let found = load(storage, user).await?;
        must!(found.is_some_and(|found| found.data == user.as_bytes()), "user id {user:?} loads another's record");
    }
    Ok(())
}

async fn erase_leaves_nothing(storage: &impl AsyncStorage) -> Verdict {
    let user = "kit-erase";
    storage.erase(user).await.map_err(|error| format!("erasing nothing must be fine: {error:?}"))?;
    must!(save(storage, user, None, &record(9, b"gone")).await?, "a save before erase must win");
    storage.erase(user).await.map_err(|error| said(&error))?;
    must!(load(storage, user).await?.is_none(), "an erased user must load as none");
    must!(!save(storage, user, Some(9), &record(10, b"ghost")).await?, "a save after erase must not revive the record");
    must!(save(storage, user, None, &record(11, b"new")).await?, "an erased user can be created again");
    Ok(())
}

fn one_winner<S: Storage>(
    open: &impl Fn() -> S,
    together: impl Fn(Vec<Box<dyn FnOnce() -> bool + Send + '_>>) -> Vec<bool>,
) -> Verdict {
    let storages: Vec<S> = (0..8).map(|_| open()).collect();
    for round in 0_u64..20 {
        let expected = round.checked_sub(1);
        let jobs = storages.iter().map(|storage| {
            let record = record(round, b"race");
            Box::new(move || storage.save("kit-race", expected, &record, &[]).unwrap_or(false))
                as Box<dyn FnOnce() -> bool + Send>
        });
        let won = together(jobs.collect()).into_iter().filter(|&won| won).count();
        must!(won == 1, "of 8 parallel saves of one version exactly one must win, not {won}");
    }
    Ok(())
}

/// A blocking storage answers at once, so its futures are ready when first asked.
struct Blocking<S>(S);

impl<S: Storage> AsyncStorage for Blocking<S> {
    async fn load(&self, user_id: &str) -> Result<Option<StoredRecord>, StorageError> {
        self.0.load(user_id)
    }

    async fn save(
        &self,
        user_id: &str,
        expected: Option<u64>,
        record: &StoredRecord,
        events: &[Event],
    ) -> Result<bool, StorageError> {
        self.0.save(user_id, expected, record, events)
    }

    async fn erase(&self, user_id: &str) -> Result<(), StorageError> {
        self.0.erase(user_id)
    }
}

fn at_once(verdict: impl Future<Output = Verdict>) -> Verdict {
    match pin!(verdict).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(verdict) => verdict,
        Poll::Pending => Err("a blocking storage must answer at once".to_owned()),
    }
}
