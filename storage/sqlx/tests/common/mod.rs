//! What the tests of the three databases share.
#![allow(dead_code)] // each test binary uses its part

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::Connection;
use tokio::sync::Mutex;
use twinlock::{AsyncReports, AsyncStorage, Event, StorageError};
use twinlock_sqlx::{Dialect, Options, Refusal, SqlxStorage};
use twinlock_storage_testing::{Papers, event, record};

/// Tells a process that races where the data is.
pub(crate) const PLACE: &str = "TWINLOCK_PLACE";

/// Long enough for a busy machine.
const PATIENT: Duration = Duration::from_secs(20);

/// Short enough to wait for.
pub(crate) const IMPATIENT: Duration = Duration::from_millis(800);

pub(crate) fn options(prefix: &str) -> Options {
    Options { prefix: prefix.to_owned(), timeout: PATIENT, ..Options::default() }
}

pub(crate) fn impatient(prefix: &str) -> Options {
    Options { timeout: IMPATIENT, connections: 1, ..options(prefix) }
}

/// Makes the tables where that was not done yet.
pub(crate) async fn with_tables<D: Dialect>(storage: SqlxStorage<D>, name: &str) -> SqlxStorage<D> {
    static MADE: Mutex<Option<HashSet<String>>> = Mutex::const_new(None);
    let mut made = MADE.lock().await;
    if !twinlock_storage_testing::is_contestant() && made.get_or_insert_default().insert(name.to_owned()) {
        storage.create_tables().await.unwrap();
    }
    storage
}

pub(crate) fn refusal(error: StorageError) -> Refusal {
    let StorageError::Failed(source) = error else { panic!("{error:?}") };
    *source.downcast().unwrap()
}

pub(crate) async fn event_that_cannot_be_stored(storage: SqlxStorage<impl Dialect>) {
    let first = event("ada");
    assert!(storage.save("ada", None, &record(1), std::slice::from_ref(&first)).await.unwrap());
    let refused = storage.save("ada", Some(1), &record(2), &[event("ada"), first]).await;
    assert!(matches!(refused, Err(StorageError::Failed(_))), "{refused:?}");
    assert_eq!(storage.load("ada").await.unwrap(), Some(record(1)));
    assert_eq!(storage.events("ada", None, 10).await.unwrap().len(), 1);
    assert!(storage.save("ada", Some(1), &record(2), &[event("ada")]).await.unwrap(), "the storage goes on");
}

/// `secured` is a server with the certificate among `papers`, `plain` one without any; `verified` opens a storage that trusts
/// the authority of its papers and nobody else. The storage that was let in comes back.
pub(crate) async fn only_right_certificates<D: Dialect>(
    (secured, plain, papers): (&str, &str, &Papers),
    verified: impl Fn(&str, &Papers) -> SqlxStorage<D>,
) -> SqlxStorage<D> {
    let storage = verified(secured, papers);
    storage.create_tables().await.unwrap();
    assert!(storage.save("ada", None, &record(1), &[event("ada")]).await.unwrap());
    assert_eq!(storage.load("ada").await.unwrap(), Some(record(1)));

    let other_name = secured.replace("127.0.0.1", "localhost");
    let strangers = (secured, &Papers::new(), "another authority");
    for (url, papers, why) in [strangers, (&other_name, papers, "another name"), (plain, papers, "no TLS")] {
        // Refused by us, not by the server: nothing is sent in clear.
        let refused = verified(url, papers).load("ada").await.unwrap_err();
        let Refusal::Database(error) = refusal(refused) else { panic!("{why}") };
        let certificate = matches!(&error, sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData);
        assert!(certificate || matches!(error, sqlx::Error::Tls(_)), "{why}: {error:?}");
    }
    storage
}

pub(crate) async fn beyond(storage: SqlxStorage<impl Dialect>) {
    let refused = storage.save("ada", None, &record(u64::MAX), &[]).await.unwrap_err();
    assert!(matches!(refusal(refused), Refusal::TooLong("version")));
    let late = Event { at: u64::MAX, ..event("ada") };
    let refused = storage.save("ada", None, &record(1), &[late]).await.unwrap_err();
    assert!(matches!(refusal(refused), Refusal::TooLong("at")));
    let long = "x".repeat(256);
    if storage.save(&long, None, &record(1), &[]).await.is_ok() {
        // SQLite counts no bytes; the others must not have cut it.
        assert_eq!(storage.load(&long).await.unwrap(), Some(record(1)));
    }
    assert_eq!(storage.load(&long[..255]).await.unwrap(), None);
    assert_eq!(storage.load("ada").await.unwrap(), None);
}

pub(crate) async fn nonsense<D: Dialect>(storage: SqlxStorage<D>, spoil: impl AsyncFnOnce(&'static str)) {
    assert!(storage.save("ada", None, &record(1), &[event("ada")]).await.unwrap());
    spoil("UPDATE nonsensetwinlock_record SET version = -1; UPDATE nonsensetwinlock_event SET detail = '['").await;
    assert!(matches!(refusal(storage.load("ada").await.unwrap_err()), Refusal::Unreadable("version")));
    assert!(matches!(refusal(storage.events("ada", None, 9).await.unwrap_err()), Refusal::Unreadable("detail")));
}

/// `held` is a transaction of somebody else's in which nobody can write to ada's row.
pub(crate) async fn in_the_way<D: Dialect, C: Connection>(
    storage: SqlxStorage<D>,
    impatient: SqlxStorage<D>,
    hold: impl AsyncFnOnce() -> C,
) {
    assert!(storage.save("ada", None, &record(1), &[]).await.unwrap());
    let held = hold().await;
    let refused = impatient.save("ada", Some(1), &record(2), &[event("ada")]).await;
    assert!(matches!(refused, Err(StorageError::Timeout)), "{refused:?}");
    held.close().await.unwrap();
    assert!(storage.save("ada", Some(1), &record(3), &[event("ada")]).await.unwrap(), "it was not done later");
    assert!(impatient.save("ada", Some(3), &record(4), &[event("ada")]).await.unwrap(), "it goes on");
    assert_eq!(storage.events("ada", None, 9).await.unwrap().len(), 2);
}

pub(crate) async fn cancelled<D: Dialect, C: Connection>(storage: SqlxStorage<D>, hold: impl AsyncFnOnce() -> C) {
    assert!(storage.save("ada", None, &record(1), &[]).await.unwrap());
    let held = hold().await;
    let (next, told) = (record(2), [event("ada")]);
    let save = storage.save("ada", Some(1), &next, &told);
    assert!(tokio::time::timeout(Duration::from_millis(200), save).await.is_err(), "it waits for the other");
    held.close().await.unwrap();
    let end = Instant::now() + PATIENT;
    while storage.load("ada").await.unwrap() != Some(record(2)) {
        assert!(Instant::now() < end, "the write was lost");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(storage.events("ada", None, 9).await.unwrap().len(), 1);
    assert!(storage.save("ada", Some(2), &record(3), &[event("ada")]).await.unwrap(), "its connection is good");
}

/// One connection, which waits for somebody else: all who come behind it are refused in time.
pub(crate) async fn full<D: Dialect, C: Connection>(impatient: SqlxStorage<D>, hold: impl AsyncFnOnce() -> C) {
    assert!(impatient.save("ada", None, &record(1), &[]).await.unwrap());
    let one = Arc::new(impatient);
    let _held = hold().await;
    let start = Instant::now();
    let save = |version| {
        let one = Arc::clone(&one);
        tokio::spawn(async move { one.save("ada", Some(1), &record(version), &[]).await })
    };
    for save in (2..22).map(save).collect::<Vec<_>>() {
        let refused = save.await.unwrap();
        assert!(matches!(refused, Err(StorageError::Timeout)), "{refused:?}");
    }
    assert!(start.elapsed() < IMPATIENT * 4, "{:?}", start.elapsed());
}

/// `$open(name)` gives a storage on tables with that prefix, `$impatient(name)` one with a single connection and a short time-out,
/// `$hold(name)` a transaction in which nobody else can write to ada's row, `$raw()` a connection.
macro_rules! sql_laws {
    ($open:path, $impatient:path, $hold:path, $raw:path) => {
        #[tokio::test]
        async fn an_event_that_cannot_be_stored_takes_the_record_with_it() {
            common::event_that_cannot_be_stored($open("event").await).await;
        }

        #[tokio::test]
        async fn what_a_column_cannot_hold_is_refused_unwritten() {
            common::beyond($open("beyond").await).await;
        }

        #[tokio::test]
        async fn a_row_that_makes_no_sense_is_an_error_and_not_a_missing_record() {
            common::nonsense($open("nonsense").await, async |sql| {
                sqlx::raw_sql(sql).execute(&mut $raw().await).await.unwrap();
            })
            .await;
        }

        #[tokio::test]
        async fn a_writer_in_the_way_is_a_time_out_and_the_save_is_not_done_later() {
            common::in_the_way($open("busy").await, $impatient("busy"), async || $hold("busy").await).await;
        }

        #[tokio::test]
        async fn a_cancelled_caller_loses_the_answer_and_never_the_write() {
            common::cancelled($open("cancelled").await, async || $hold("cancelled").await).await;
        }

        #[tokio::test]
        async fn nobody_waits_longer_for_a_connection_than_the_time_out() {
            $open("full").await;
            common::full($impatient("full"), async || $hold("full").await).await;
        }

        #[tokio::test]
        async fn missing_tables_are_an_error_at_the_start() {
            let bare = $impatient("bare");
            assert!(matches!(bare.ready().await, Err(StorageError::Failed(_))));
            bare.create_tables().await.unwrap();
            bare.ready().await.unwrap();
            assert!(bare.create_tables().await.is_err(), "they are there");
        }
    };
}

pub(crate) use sql_laws;
