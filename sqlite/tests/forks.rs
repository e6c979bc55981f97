//! A store that was opened and used before a fork works in parent and child; none loses what the other was told is saved.

#![cfg(unix)]

mod common;

use std::io::{BufReader, Read, Write, pipe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use common::race::{Referee, contest_all, driver, fresh_keys};
use common::{NORMAL, Place, event, record};
use fork::{Fork, fork, waitpid};
use rusqlite::TransactionBehavior;
use twinlock::testing::VirtualClock;
use twinlock::{Reports, Storage, StorageError};
use twinlock_sqlite::{OpenError, SqliteStorage};
use twinlock_storage_testing::assert_one_winner;

/// One test at a time: a fork in the middle of another's call is what only one test here is about.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A child process; it does its work and ends.
struct Child(i32);

impl Child {
    fn run(work: impl FnOnce()) -> Self {
        match fork().unwrap() {
            Fork::Parent(id) => Self(id),
            Fork::Child => {
                let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
                std::process::exit(i32::from(done.is_err()));
            }
        }
    }

    fn assert_done(self) {
        assert_eq!(waitpid(self.0).unwrap(), 0, "the child must do its work");
    }
}

/// Waits for one byte, for those who take turns.
fn wait_for(mut turn: impl Read) {
    turn.read_exact(&mut [0]).unwrap();
}

fn used(place: &Place) -> SqliteStorage {
    let storage = place.open();
    assert!(storage.save("parent", None, &record(1), &[event("parent")]).unwrap());
    assert_eq!(storage.load("parent").unwrap(), Some(record(1)));
    storage
}

#[test]
fn used_before_the_fork_it_works_in_both() {
    let _alone = alone();
    let place = Place::new();
    let storage = used(&place);
    let child = Child::run(|| {
        assert!(storage.load("parent").unwrap().is_some());
        for version in 0_u64..50 {
            assert!(storage.save("child", version.checked_sub(1), &record(version), &[event("child")]).unwrap());
        }
    });
    for version in 1..50 {
        assert!(storage.save("parent", Some(version), &record(version + 1), &[]).unwrap());
    }
    child.assert_done();
    assert_eq!(storage.load("child").unwrap(), Some(record(49)));
    assert_eq!(storage.events("child", None, 100).unwrap().len(), 50);
    assert_eq!(storage.load("parent").unwrap(), Some(record(50)));
}

#[test]
fn a_parent_that_closes_takes_nothing_from_its_child() {
    let _alone = alone();
    let place = Place::new();
    let storage = used(&place);
    let ((opened, mut open), (closed, mut close)) = (pipe().unwrap(), pipe().unwrap());
    let child = Child::run(|| {
        assert!(storage.save("child", None, &record(6), &[]).unwrap());
        open.write_all(b"!").unwrap();
        wait_for(closed);
        assert!(storage.save("child", Some(6), &record(7), &[]).unwrap());
        // Ends without a word, as a killed one would.
    });
    wait_for(opened);
    drop(storage);
    close.write_all(b"!").unwrap();
    child.assert_done();
    assert_eq!(place.open().load("child").unwrap(), Some(record(7)), "a save that was acknowledged must be kept");
}

#[test]
fn a_child_that_drops_the_store_takes_nothing_from_its_parent() {
    let _alone = alone();
    for used_in_child in [false, true] {
        let place = Place::new();
        let storage = Arc::new(Mutex::new(Some(used(&place))));
        let childs = storage.clone();
        Child::run(move || {
            let storage = childs.lock().unwrap().take().unwrap();
            if used_in_child {
                assert_eq!(storage.load("parent").unwrap(), Some(record(1)));
            }
            drop(storage);
        })
        .assert_done();
        let storage = storage.lock().unwrap().take().unwrap();
        assert!(storage.save("parent", Some(1), &record(2), &[]).unwrap());
        assert_eq!(place.open().load("parent").unwrap(), Some(record(2)));
        assert!(storage.save("parent", Some(2), &record(3), &[]).unwrap());
        drop(storage);
        assert_eq!(place.open().load("parent").unwrap(), Some(record(3)));
    }
}

#[test]
fn two_stores_on_one_file_are_both_let_go_before_the_child_opens_one() {
    let _alone = alone();
    let place = Place::new();
    let (first, second) = (used(&place), place.open());
    assert_eq!(second.load("parent").unwrap(), Some(record(1)));
    let ((opened, mut open), (closed, mut close)) = (pipe().unwrap(), pipe().unwrap());
    let child = Child::run(|| {
        assert!(first.save("child", None, &record(6), &[]).unwrap());
        open.write_all(b"!").unwrap();
        wait_for(closed);
        assert!(first.save("child", Some(6), &record(7), &[]).unwrap());
        assert!(second.save("child", Some(7), &record(8), &[]).unwrap());
    });
    wait_for(opened);
    drop((first, second));
    close.write_all(b"!").unwrap();
    child.assert_done();
    assert_eq!(place.open().load("child").unwrap(), Some(record(8)));
}

#[test]
fn a_childs_child_works_too() {
    let _alone = alone();
    let place = Place::new();
    let storage = used(&place);
    for used_by_the_child in [false, true] {
        Child::run(|| {
            if used_by_the_child {
                assert_eq!(storage.load("parent").unwrap(), Some(record(1)));
            }
            Child::run(|| {
                let current = storage.load("grandchild").unwrap().map(|record| record.version);
                assert!(storage.save("grandchild", current, &record(current.unwrap_or(0) + 1), &[]).unwrap());
            })
            .assert_done();
        })
        .assert_done();
    }
    assert_eq!(storage.load("grandchild").unwrap(), Some(record(2)));
}

#[test]
fn forked_in_the_middle_of_anothers_call_the_child_refuses_and_the_parent_goes_on() {
    let _alone = alone();
    let place = Place::new();
    let storage = used(&place);
    let mut raw = place.raw();
    let lock = raw.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let started = Barrier::new(2);
    std::thread::scope(|scope| {
        let saving = scope.spawn(|| {
            started.wait();
            storage.save("parent", Some(1), &record(2), &[])
        });
        started.wait();
        std::thread::sleep(Duration::from_millis(300)); // until that save waits in the middle of its call
        Child::run(|| {
            for _ in 0..2 {
                let Err(StorageError::Failed(cause)) = storage.load("parent") else { panic!("must refuse") };
                assert!(matches!(cause.downcast_ref(), Some(OpenError::Forked)));
                assert!(storage.save("child", None, &record(1), &[]).is_err());
            }
            assert!(matches!(SqliteStorage::open(place.file(), NORMAL), Err(OpenError::Forked)));
        })
        .assert_done();
        lock.rollback().unwrap();
        assert!(saving.join().unwrap().unwrap());
    });
    assert_eq!(storage.load("parent").unwrap(), Some(record(2)));
    assert_eq!(storage.load("child").unwrap(), None);
}

#[test]
fn prepared_a_fork_among_busy_threads_works_in_both() {
    let _alone = alone();
    let place = Place::new();
    let storage = used(&place);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _at_the_end = Stop(&stop);
        for thread in 0..6 {
            let (storage, stop) = (&storage, &stop);
            scope.spawn(move || {
                let user = format!("thread {thread}");
                let mut version = 0;
                while !stop.load(Ordering::SeqCst) {
                    assert!(storage.save(&user, u64::checked_sub(version, 1), &record(version), &[]).unwrap());
                    assert_eq!(storage.load(&user).unwrap(), Some(record(version)));
                    version += 1;
                }
                assert!(version > 0);
            });
        }
        for round in 0..30 {
            twinlock_sqlite::fork::prepare();
            let child = Child::run(|| {
                twinlock_sqlite::fork::resume();
                assert!(storage.save(&format!("child {round}"), None, &record(1), &[event("child")]).unwrap());
            });
            twinlock_sqlite::fork::resume();
            child.assert_done();
            assert_eq!(storage.load(&format!("child {round}")).unwrap(), Some(record(1)));
        }
    });
}

/// Stops the threads, also when the test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn of_eight_forked_children_one_gets_in() {
    let _alone = alone();
    let (place, keys) = (Place::new(), fresh_keys());
    let referee = Referee::new(&place.file(), &keys, NORMAL);
    let clock = VirtualClock::default();
    let shared = driver(&place.file(), &keys, NORMAL, &clock);
    assert!(shared.status("ada", Default::default()).unwrap().enabled, "used before the fork");
    let mut contestants: Vec<_> = (0..8)
        .map(|_| {
            let ((lines, tell), (hear, answers)) = (pipe().unwrap(), pipe().unwrap());
            let child = Child::run(|| contest_all(&shared, &clock, BufReader::new(lines), answers));
            (child, tell, BufReader::new(hear))
        })
        .collect();
    for number in 0..200 {
        let round = referee.round(number, contestants.len());
        contestants
            .iter_mut()
            .zip(round.lines())
            .for_each(|((_, tell, _), line)| tell.write_all(line.as_bytes()).unwrap());
        let answers: Vec<_> = contestants.iter_mut().map(|(_, _, hear)| answer(hear)).collect();
        assert_one_winner(number, &answers);
    }
    for (child, mut tell, _) in contestants {
        tell.write_all(b"end\n").unwrap(); // the children hold each other's pipes, so closing one tells nobody
        child.assert_done();
    }
}

fn answer(mut hear: impl std::io::BufRead) -> String {
    let mut line = String::new();
    hear.read_line(&mut line).unwrap();
    line.trim_end().strip_prefix('@').expect("a contestant went away").to_owned()
}
