//! Users with a second factor, made by the core and handed on before any storage has seen them.

use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, PoisonError};

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use twinlock::testing::VirtualClock;
use twinlock::{Engine, Event, ImportOptions, Imported, Storage, StorageError, StoredRecord, TwoFactor};

use crate::Failure;

/// Rows of one insert.
const BATCH: usize = 10_000;

/// One user's rows.
pub(crate) struct Row {
    pub(crate) user_id: String,
    pub(crate) record: StoredRecord,
    pub(crate) events: Vec<Event>,
}

/// A user, and what their phone was shown.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) uri: String,
}

/// What is made: rows in batches, and with each those of its people who will sign in.
pub(crate) type Batch = (Vec<Row>, Vec<Person>);

/// Takes what the core stores, and never had anything.
#[derive(Default)]
struct Gathered(Mutex<Vec<Row>>);

impl Storage for Gathered {
    fn load(&self, _: &str) -> Result<Option<StoredRecord>, StorageError> {
        Ok(None)
    }

    fn save(&self, user: &str, _: Option<u64>, record: &StoredRecord, events: &[Event]) -> Result<bool, StorageError> {
        let row = Row { user_id: user.to_owned(), record: record.clone(), events: events.to_vec() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(row);
        Ok(true)
    }

    fn erase(&self, _: &str) -> Result<(), StorageError> {
        Err(StorageError::failed("nothing is erased here"))
    }
}

/// Makes so many users on a thread of its own, so that the database works meanwhile; every `users / people`th of them signs in later.
///
/// They are imported, not enrolled: ten hashes for the backup codes of a million users would take minutes.
pub(crate) fn made(
    engine: Engine,
    clock: VirtualClock,
    users: usize,
    people: usize,
) -> Receiver<Result<Batch, Failure>> {
    let (sender, receiver) = sync_channel(2);
    let every = (users / people).max(1);
    std::thread::spawn(move || {
        let core = TwoFactor::new(engine, Gathered::default()).with_clock(clock);
        for first in (0..users).step_by(BATCH) {
            let batch = batch(&core, first..users.min(first + BATCH), every);
            // Whoever no longer listens has failed, and says why.
            if sender.send(batch).is_err() {
                return;
            }
        }
    });
    receiver
}

fn batch(
    core: &TwoFactor<Gathered, VirtualClock>,
    numbers: std::ops::Range<usize>,
    every: usize,
) -> Result<Batch, Failure> {
    let mut people = Vec::new();
    for number in numbers {
        let person = imported(core, number)?;
        if number % every == 0 {
            people.push(person);
        }
    }
    Ok((std::mem::take(&mut *core.storage().0.lock().unwrap_or_else(PoisonError::into_inner)), people))
}

fn imported(core: &TwoFactor<Gathered, VirtualClock>, number: usize) -> Result<Person, Failure> {
    let mut secret = [0; 20];
    getrandom::fill(&mut secret)?;
    let id = format!("user {number}");
    let uri = format!("otpauth://totp/Acme:user{number}?issuer=Acme&secret={}", BASE32_NOPAD.encode(&secret));
    let options = ImportOptions { imported: Imported::Uri(&uri), name: Some("A phone"), ..ImportOptions::by("bench") };
    core.import_authenticator(&id, options)?;
    Ok(Person { id, uri })
}
