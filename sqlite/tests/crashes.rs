//! A process that is killed leaves no half state and no lock.

mod common;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{NORMAL, Place, event, record};
use twinlock::{Event, Reports, Storage, StoredRecord};
use twinlock_sqlite::SqliteStorage;

const USERS: u64 = 5;

/// Saves number their events, so that record and events can be held against each other.
fn numbered(user: &str, version: u64) -> (StoredRecord, Vec<Event>) {
    let events = (0..3).map(|place| {
        let mut note = event(user);
        note.detail.insert("version", version);
        note.id[..8].copy_from_slice(&version.to_be_bytes());
        note.id[8..].copy_from_slice(&[user.as_bytes()[0], place, 0, 0, 0, 0, 0, 0]);
        note
    });
    (record(version), events.collect())
}

fn say(word: &str) {
    println!("\n@{word}");
    std::io::stdout().flush().unwrap();
}

/// Saves for ever, telling each save after it was acknowledged.
fn save_for_ever(storage: &SqliteStorage) -> ! {
    for turn in 0_u64.. {
        let user = (turn % USERS).to_string();
        let current = storage.load(&user).unwrap().map(|record| record.version);
        let version = current.unwrap_or(0) + 1;
        let (record, events) = numbered(&user, version);
        assert!(storage.save(&user, current, &record, &events).unwrap());
        say(&format!("{user} {version}"));
    }
    unreachable!()
}

/// Stops between the two calls of a step.
fn load_and_wait(storage: &SqliteStorage) {
    storage.load("0").unwrap();
    say("loaded");
    std::thread::sleep(Duration::from_secs(60));
}

/// Stops in the middle of a commit's work: the record is written, its events are not.
fn write_half_and_wait(file: &Path) {
    let raw = rusqlite::Connection::open(file).unwrap();
    raw.execute_batch("BEGIN IMMEDIATE; UPDATE twinlock_record SET version = 99, data = x'00'").unwrap();
    // Some of it reaches the log before the commit.
    raw.cache_flush().unwrap();
    say("half");
    std::thread::sleep(Duration::from_secs(60));
}

#[test]
#[ignore = "the process that is killed"]
fn victim() {
    let (Ok(file), Ok(role)) = (std::env::var("TWINLOCK_VICTIM"), std::env::var("TWINLOCK_ROLE")) else { return };
    let storage = SqliteStorage::open(&file, NORMAL).unwrap();
    match role.as_str() {
        "save" => save_for_ever(&storage),
        "load" => load_and_wait(&storage),
        _ => write_half_and_wait(file.as_ref()),
    }
}

struct Victim {
    process: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Victim {
    fn start(place: &Place, role: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "victim", "--ignored", "--nocapture"]);
        command.env("TWINLOCK_VICTIM", place.file()).env("TWINLOCK_ROLE", role);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, output }
    }

    /// What it says next; nothing when it is gone, a line that was cut short counts for nothing.
    fn said(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            self.output.read_line(&mut line).unwrap();
            match line.strip_suffix('\n') {
                None => return None,
                Some(whole) => match whole.strip_prefix('@') {
                    Some(word) => return Some(word.to_owned()),
                    None => continue,
                },
            }
        }
    }

    /// SIGKILL: nothing runs in it any more.
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn seed(place: &Place, version: u64) {
    let storage = place.open();
    for user in 0..USERS {
        let user = user.to_string();
        let (record, events) = numbered(&user, version);
        assert!(storage.save(&user, None, &record, &events).unwrap());
    }
}

/// Every version up to the record's has its three events, none has others; gives the version.
fn assert_whole(storage: &SqliteStorage, user: &str) -> u64 {
    let Some(stored) = storage.load(user).unwrap() else { return 0 };
    assert_eq!(stored, record(stored.version));
    let events = storage.events(user, None, usize::MAX).unwrap();
    let noted: Vec<u64> = events.iter().rev().map(|event| event.detail["version"].as_u64().unwrap()).collect();
    let expected: Vec<u64> = (1..=stored.version).flat_map(|version| [version; 3]).collect();
    assert_eq!(noted, expected, "events and record of user {user} must be of one commit");
    stored.version
}

#[test]
fn killed_in_the_middle_of_saves_leaves_every_acknowledged_save_and_no_half_one() {
    let place = Place::new();
    for round in 0..15_u64 {
        let mut victim = Victim::start(&place, "save");
        let mut acknowledged = [0; USERS as usize];
        let end = Instant::now() + Duration::from_millis(20 + 7 * round);
        let mut heed = |word: String| {
            let (user, version) = word.split_once(' ').unwrap();
            acknowledged[user.parse::<usize>().unwrap()] = version.parse().unwrap();
        };
        heed(victim.said().expect("it saves"));
        while Instant::now() < end {
            heed(victim.said().expect("it goes on"));
        }
        victim.kill();
        while let Some(word) = victim.said() {
            heed(word);
        }
        let storage = place.open();
        for (user, acknowledged) in acknowledged.into_iter().enumerate() {
            let version = assert_whole(&storage, &user.to_string());
            assert!(version >= acknowledged, "round {round}: an acknowledged save is gone");
        }
    }
}

#[test]
fn killed_between_load_and_save_leaves_nothing_behind() {
    let place = Place::new();
    seed(&place, 1);
    let mut victim = Victim::start(&place, "load");
    assert_eq!(victim.said().as_deref(), Some("loaded"));
    victim.kill();
    let storage = place.open();
    assert_eq!(assert_whole(&storage, "0"), 1);
    let (record, events) = numbered("0", 2);
    assert!(storage.save("0", Some(1), &record, &events).unwrap(), "nobody holds a lock");
    assert_eq!(assert_whole(&storage, "0"), 2);
}

#[test]
fn killed_with_half_a_commit_written_leaves_the_record_as_it_was_and_no_lock() {
    let place = Place::new();
    seed(&place, 1);
    let storage = place.open();
    let mut victim = Victim::start(&place, "half");
    assert_eq!(victim.said().as_deref(), Some("half"));
    assert_eq!(assert_whole(&storage, "0"), 1, "uncommitted work is nobody's to see");
    victim.kill();
    for storage in [storage, place.open()] {
        assert_eq!(assert_whole(&storage, "0"), 1);
    }
    let storage = place.open();
    let (record, events) = numbered("0", 2);
    let start = Instant::now();
    assert!(storage.save("0", Some(1), &record, &events).unwrap());
    assert!(start.elapsed() < Duration::from_secs(5), "the lock died with its owner");
}
