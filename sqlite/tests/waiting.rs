//! Calls wait for others as long as they were told, and no longer.

mod common;

use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use common::{NORMAL, Place, event, record};
use rusqlite::{Connection, TransactionBehavior};
use twinlock::{Reports, Storage, StorageError};
use twinlock_sqlite::{OpenError, Options, SqliteStorage};

const TIMEOUT: Duration = Duration::from_millis(200);
/// The machine may be busy with other tests.
const SLACK: Duration = Duration::from_secs(3);

fn impatient(place: &Place) -> SqliteStorage {
    SqliteStorage::open(place.file(), Options { busy_timeout: TIMEOUT, ..NORMAL }).unwrap()
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (work(), start.elapsed())
}

fn assert_timed_out<T: std::fmt::Debug>((result, time): (Result<T, StorageError>, Duration)) {
    assert!(matches!(result, Err(StorageError::Timeout)), "{result:?}");
    assert!(time >= TIMEOUT.mul_f32(0.9), "gave up after {time:?}");
    assert!(time < TIMEOUT + SLACK, "gave up after {time:?} only");
}

#[test]
fn writes_time_out_behind_a_lock_and_go_on_after_it() {
    let place = Place::new();
    let storage = impatient(&place);
    assert!(storage.save("ada", None, &record(1), &[]).unwrap());
    let mut raw = place.raw();
    let lock = raw.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();

    assert_timed_out(timed(|| storage.save("ada", Some(1), &record(2), &[event("ada")])));
    assert_timed_out(timed(|| storage.erase("ada")));
    assert_timed_out(timed(|| storage.purge(u64::MAX)));
    assert_eq!(storage.load("ada").unwrap(), Some(record(1)), "reading goes on meanwhile");
    assert!(storage.events("ada", None, 10).unwrap().is_empty());

    lock.rollback().unwrap();
    assert!(storage.save("ada", Some(1), &record(2), &[event("ada")]).unwrap());
}

#[test]
fn waiting_in_line_counts_towards_the_same_time_out() {
    let place = Place::new();
    let storage = Arc::new(impatient(&place));
    let mut raw = place.raw();
    let lock = raw.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let barrier = Barrier::new(16);
    std::thread::scope(|scope| {
        for user in 0..16 {
            let (storage, barrier) = (storage.clone(), &barrier);
            scope.spawn(move || {
                barrier.wait();
                assert_timed_out(timed(|| storage.save(&user.to_string(), None, &record(1), &[])));
            });
        }
    });
    drop(lock);
    assert!(storage.save("ada", None, &record(1), &[]).unwrap());
}

#[test]
fn without_patience_a_lock_refuses_at_once_and_a_free_file_is_written() {
    let place = Place::new();
    let storage = SqliteStorage::open(place.file(), Options { busy_timeout: Duration::ZERO, ..NORMAL }).unwrap();
    assert!(storage.save("ada", None, &record(1), &[]).unwrap());
    let mut raw = place.raw();
    let _lock = raw.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let (result, time) = timed(|| storage.save("ada", Some(1), &record(2), &[]));
    assert!(matches!(result, Err(StorageError::Timeout)));
    assert!(time < SLACK);
}

#[test]
fn an_endless_time_out_is_no_overflow() {
    let place = Place::new();
    let storage = SqliteStorage::open(place.file(), Options { busy_timeout: Duration::MAX, ..NORMAL }).unwrap();
    assert!(storage.save("ada", None, &record(1), &[]).unwrap());
}

#[test]
fn opening_a_file_that_somebody_keeps_to_himself_times_out() {
    let place = Place::new();
    drop(place.open());
    let raw = place.raw();
    raw.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    let options = Options { busy_timeout: TIMEOUT, ..NORMAL };
    let (result, time) = timed(|| SqliteStorage::open(place.file(), options));
    assert!(matches!(result, Err(OpenError::Busy)), "{result:?}");
    assert!(time < TIMEOUT + SLACK, "gave up after {time:?} only");
}

#[test]
fn a_reader_in_the_middle_of_a_long_question_stops_nobody() {
    let place = Place::new();
    let storage = impatient(&place);
    assert!(storage.save("ada", None, &record(1), &[]).unwrap());
    let raw = place.raw();
    raw.execute_batch("BEGIN").unwrap();
    let seen = |raw: &Connection| raw.query_row("SELECT version FROM twinlock_record", [], |row| row.get::<_, i64>(0));
    assert_eq!(seen(&raw).unwrap(), 1);
    assert!(storage.save("ada", Some(1), &record(2), &[]).unwrap());
    assert_eq!(storage.load("ada").unwrap(), Some(record(2)), "a load sees every commit");
    assert_eq!(seen(&raw).unwrap(), 1);
}

#[test]
fn a_purge_lets_writers_in_between() {
    let place = Place::new();
    let storage = Arc::new(place.open());
    let events: Vec<_> = (0..20_000).map(|_| event("ada")).collect();
    assert!(storage.save("ada", None, &record(1), &events).unwrap());
    let purging = std::thread::spawn({
        let storage = storage.clone();
        move || storage.purge(u64::MAX).unwrap()
    });
    let mut version = 1;
    while !purging.is_finished() {
        assert!(storage.save("ada", Some(version), &record(version + 1), &[]).unwrap());
        version += 1;
    }
    assert_eq!(purging.join().unwrap(), 20_000);
    assert!(version > 2, "a writer must get in while the purge runs");
}
