//! One code presented by many at the same moment: exactly one gets in. Threads here, processes that were started here;
//! processes that were forked in `forks.rs`.

mod common;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;

use common::race::{Referee, assert_one_winner, contest, contest_all, driver, fresh_keys};
use common::{NORMAL, Place};
use twinlock::testing::VirtualClock;
use twinlock_sqlite::{Options, Synchronous};

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
    println!("\n@ready");
    contest_all(&driver, &clock, std::io::stdin().lock(), std::io::stdout());
}

/// A process that contests; it ends when its input does.
struct Contestant {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Contestant {
    fn start(place: &Place, keys: &str, options: Options) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "contestant", "--ignored", "--nocapture"]);
        command.env("TWINLOCK_RACE", place.file()).env("TWINLOCK_RACE_KEYS", keys);
        if options == FULL {
            command.env("TWINLOCK_RACE_FULL", "1");
        }
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = process.stdin.take();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, input, output }
    }

    fn tell(&mut self, line: &str) {
        self.input.as_mut().unwrap().write_all(line.as_bytes()).unwrap();
    }

    /// The next line that is an answer; the test harness prints some of its own.
    fn answer(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "a contestant went away");
            if let Some(answer) = line.trim_end().strip_prefix('@') {
                return answer.to_owned();
            }
        }
    }
}

impl Drop for Contestant {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.process.wait();
    }
}

fn race_processes(rounds: usize, options: Options) {
    let (place, keys) = (Place::new(), fresh_keys());
    let referee = Referee::new(&place.file(), &keys, options);
    let mut contestants: Vec<_> = (0..8).map(|_| Contestant::start(&place, &keys, options)).collect();
    contestants.iter_mut().for_each(|contestant| assert_eq!(contestant.answer(), "ready"));
    for number in 0..rounds {
        let round = referee.round(number, contestants.len());
        contestants.iter_mut().zip(round.lines()).for_each(|(contestant, line)| contestant.tell(&line));
        let answers: Vec<_> = contestants.iter_mut().map(Contestant::answer).collect();
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
