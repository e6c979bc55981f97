//! One code presented by many at the same moment: exactly one gets in. Threads here, processes that were started here;
//! processes that were forked in `forks.rs`.

mod common;

use std::sync::mpsc;

use common::race::{Referee, contest, contest_all, driver, fresh_keys};
use common::{NORMAL, Place};
use twinlock::testing::VirtualClock;
use twinlock_sqlite::{Options, Synchronous};
use twinlock_storage_testing::{TestProcess, assert_one_winner, say};

const FULL: Options = Options { synchronous: Synchronous::Full, ..NORMAL };

/// Sixteen threads, each with a store of its own or all with one.
fn race_threads(rounds: usize, options: Options, shared: bool) {
    let (place, keys) = (Place::new(), fresh_keys());
    let referee = Referee::new(&place.file(), &keys, options);
    let clock = VirtualClock::default();
    let drivers: Vec<_> =
        (0..if shared { 1 } else { 16 }).map(|_| driver(&place.file(), &keys, options, &clock)).collect();
    for number in 0..rounds {
        let lines = referee.round(number, 16).lines();
        let answers: Vec<String> = std::thread::scope(|scope| {
            let contestants = lines.iter().zip(drivers.iter().cycle());
            let threads: Vec<_> =
                contestants.map(|(line, driver)| scope.spawn(|| contest(driver, &clock, line))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_one_winner(number, &answers);
    }
}

#[test]
fn of_sixteen_threads_with_one_store_one_gets_in() {
    race_threads(200, NORMAL, true);
}

#[test]
fn of_sixteen_threads_with_sixteen_stores_one_gets_in() {
    race_threads(100, NORMAL, false);
}

#[test]
fn of_sixteen_threads_that_wait_for_the_disk_one_gets_in() {
    race_threads(20, FULL, true);
}

#[test]
#[ignore = "the other half of the races between processes"]
fn contestant() {
    let (Ok(file), Ok(keys)) = (std::env::var("TWINLOCK_RACE"), std::env::var("TWINLOCK_RACE_KEYS")) else { return };
    let options = if std::env::var_os("TWINLOCK_RACE_FULL").is_some() { FULL } else { NORMAL };
    let clock = VirtualClock::default();
    let driver = driver(file.as_ref(), &keys, options, &clock);
    say("ready");
    contest_all(&driver, &clock, std::io::stdin().lock(), std::io::stdout());
}

fn race_processes(rounds: usize, options: Options) {
    let (place, keys) = (Place::new(), fresh_keys());
    let referee = Referee::new(&place.file(), &keys, options);
    let file = place.file().to_str().unwrap().to_owned();
    let mut environment = vec![("TWINLOCK_RACE", file), ("TWINLOCK_RACE_KEYS", keys)];
    if options == FULL {
        environment.push(("TWINLOCK_RACE_FULL", "1".to_owned()));
    }
    let mut contestants: Vec<_> = (0..8).map(|_| TestProcess::start("contestant", &environment)).collect();
    contestants.iter_mut().for_each(|contestant| assert_eq!(contestant.answer(), "ready"));
    for number in 0..rounds {
        let round = referee.round(number, contestants.len());
        contestants.iter_mut().zip(round.lines()).for_each(|(contestant, line)| contestant.tell(&line));
        let answers: Vec<_> = contestants.iter_mut().map(TestProcess::answer).collect();
        assert_one_winner(number, &answers);
    }
}

#[test]
fn of_eight_processes_one_gets_in() {
    race_processes(200, NORMAL);
}

#[test]
fn of_eight_processes_that_wait_for_the_disk_one_gets_in() {
    race_processes(20, FULL);
}

#[test]
fn saves_of_many_users_from_many_threads_are_all_kept() {
    let place = Place::new();
    let (done, saved) = mpsc::channel();
    std::thread::scope(|scope| {
        for thread in 0..16 {
            let (place, done) = (&place, done.clone());
            scope.spawn(move || {
                use twinlock::Storage;
                let storage = place.open();
                for user in 0..25 {
                    let user = format!("{thread}/{user}");
                    assert!(storage.save(&user, None, &common::record(1), &[common::event(&user)]).unwrap());
                    done.send(user).unwrap();
                }
            });
        }
    });
    drop(done);
    use twinlock::{Reports, Storage};
    let storage = place.open();
    let users: Vec<String> = saved.iter().collect();
    assert_eq!(users.len(), 400);
    for user in users {
        assert_eq!(storage.load(&user).unwrap(), Some(common::record(1)));
        assert_eq!(storage.events(&user, None, 10).unwrap().len(), 1);
    }
}
