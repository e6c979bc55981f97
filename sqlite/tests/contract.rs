//! The contract of every storage, held by this one: the kit, and what the kit cannot know.

mod common;

use common::{Place, event, record};
use twinlock::testing::storage_kit;
use twinlock::{Event, Reports, Storage, StorageError};

fn on_threads(jobs: Vec<Box<dyn FnOnce() -> bool + Send + '_>>) -> Vec<bool> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = jobs.into_iter().map(|job| scope.spawn(job)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn the_storage_kit_passes() {
    let place = Place::new();
    storage_kit(|| place.open(), on_threads).unwrap();
}

#[test]
fn the_storage_kit_passes_on_one_store_shared_by_threads() {
    let place = Place::new();
    let shared = std::sync::Arc::new(place.open());
    storage_kit(|| shared.clone(), on_threads).unwrap();
}

#[test]
fn an_event_that_cannot_be_stored_takes_the_record_with_it() {
    let place = Place::new();
    let storage = place.open();
    let first = event("ada");
    assert!(storage.save("ada", None, &record(1), std::slice::from_ref(&first)).unwrap());

    let refused = storage.save("ada", Some(1), &record(2), &[event("ada"), first.clone()]);
    assert!(matches!(refused, Err(StorageError::Failed(_))));
    assert_eq!(storage.load("ada").unwrap(), Some(record(1)));
    assert_eq!(storage.events("ada", None, 10).unwrap(), [first]);

    assert!(storage.save("ada", Some(1), &record(2), &[event("ada")]).unwrap(), "the store goes on");
}

#[test]
fn a_lost_race_writes_no_events() {
    let place = Place::new();
    let storage = place.open();
    assert!(storage.save("ada", None, &record(1), &[]).unwrap());
    assert!(!storage.save("ada", Some(7), &record(8), &[event("ada")]).unwrap());
    assert!(!storage.save("ada", None, &record(8), &[event("ada")]).unwrap());
    assert!(storage.events("ada", None, 10).unwrap().is_empty());
}

#[test]
fn what_is_stored_outlives_the_store() {
    let place = Place::new();
    assert!(place.open().save("ada", None, &record(1), &[event("ada")]).unwrap());
    let again = place.open();
    assert_eq!(again.load("ada").unwrap(), Some(record(1)));
    assert_eq!(again.events("ada", None, 10).unwrap().len(), 1);
}

#[test]
fn versions_and_times_beyond_what_sqlite_counts_are_refused_unwritten() {
    let place = Place::new();
    let storage = place.open();
    assert!(matches!(storage.save("ada", None, &record(u64::MAX), &[]), Err(StorageError::Failed(_))));
    let late = Event { at: u64::MAX, ..event("ada") };
    assert!(matches!(storage.save("ada", None, &record(1), &[late]), Err(StorageError::Failed(_))));
    assert_eq!(storage.load("ada").unwrap(), None);
}

#[test]
fn a_row_that_makes_no_sense_is_an_error_and_not_a_missing_record() {
    let place = Place::new();
    let storage = place.open();
    assert!(storage.save("ada", None, &record(1), &[event("ada")]).unwrap());
    place.raw().execute("UPDATE twinlock_record SET version = -1", []).unwrap();
    place.raw().execute("UPDATE twinlock_event SET detail = '['", []).unwrap();
    assert!(matches!(storage.load("ada"), Err(StorageError::Failed(_))));
    assert!(matches!(storage.events("ada", None, 10), Err(StorageError::Failed(_))));
}
