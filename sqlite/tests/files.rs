//! Which files are taken, and what those are told who bring another.

mod common;

use std::fs;
use std::path::Path;

use common::{NORMAL, Place, event, record};
use twinlock::{Reports, Storage};
use twinlock_sqlite::{OpenError, Options, SqliteStorage};

const PRODUCTION: Options = Options { create: false, ..NORMAL };

fn refusal(path: impl AsRef<Path>, options: Options) -> OpenError {
    SqliteStorage::open(path, options).expect_err("must be refused")
}

/// Refused with and without `create`, and not one byte of it changed, nor a file left beside it.
fn refused_untouched(place: &Place) -> OpenError {
    let before = fs::read(place.file()).unwrap();
    let error = refusal(place.file(), NORMAL);
    refusal(place.file(), PRODUCTION);
    assert_eq!(fs::read(place.file()).unwrap(), before, "a refused file must not be changed");
    assert_eq!(place.names(), ["2fa.db"], "a refused file must have nothing left beside it");
    error
}

#[test]
fn memory_is_refused_with_what_to_use_instead() {
    for path in [":memory:", "file::memory:?cache=shared", "file:2fa.db?mode=memory"] {
        let error = refusal(path, NORMAL);
        assert!(matches!(error, OpenError::InMemory), "{path}");
        assert!(error.to_string().contains("MemoryStorage"));
    }
}

#[test]
fn what_is_no_path_is_refused() {
    for path in ["", "file:2fa.db", "file:///tmp/2fa.db?mode=ro", "2fa\0.db"] {
        assert!(matches!(refusal(path, NORMAL), OpenError::NotAPath), "{path:?}");
    }
}

#[test]
fn a_folder_is_refused() {
    let place = Place::new();
    let error = refusal(place.folder(), NORMAL);
    assert!(matches!(error, OpenError::Folder { .. }));
    assert!(error.to_string().ends_with("is a folder: name a file in it"));
}

#[test]
#[cfg(unix)]
fn what_is_no_file_is_refused() {
    assert!(matches!(refusal("/dev/null", NORMAL), OpenError::NotADatabase { .. }));
}

#[test]
fn a_missing_folder_is_named() {
    let place = Place::new();
    let path = place.folder().join("nowhere").join("2fa.db");
    assert!(matches!(refusal(&path, NORMAL), OpenError::NoFolder { .. }));
    assert!(matches!(refusal(&path, PRODUCTION), OpenError::Missing { .. }));
}

#[test]
fn without_create_a_missing_file_stays_missing() {
    let place = Place::new();
    assert!(matches!(refusal(place.file(), PRODUCTION), OpenError::Missing { .. }));
    assert!(place.names().is_empty());
}

#[test]
fn an_empty_file_is_set_up_only_with_create() {
    let place = Place::new();
    fs::write(place.file(), "").unwrap();
    assert!(matches!(refusal(place.file(), PRODUCTION), OpenError::Empty { .. }));
    assert_eq!(fs::read(place.file()).unwrap(), b"");
    assert!(SqliteStorage::open(place.file(), NORMAL).is_ok());
    assert!(SqliteStorage::open(place.file(), PRODUCTION).is_ok());
}

#[test]
fn a_text_file_is_no_database() {
    let place = Place::new();
    fs::write(place.file(), "users:\n".repeat(1000)).unwrap();
    assert!(matches!(refused_untouched(&place), OpenError::NotADatabase { .. }));
}

#[test]
fn an_applications_own_database_is_refused() {
    let place = Place::new();
    place.raw().execute_batch("CREATE TABLE users (name TEXT)").unwrap();
    let error = refused_untouched(&place);
    assert!(matches!(&error, OpenError::Foreign { found, .. } if found == "table or index `users`"));
    assert!(error.to_string().contains("a file of its own"));
}

#[test]
fn a_database_of_another_program_is_refused_even_without_tables() {
    for pragma in ["application_id = 1234", "user_version = 3"] {
        let place = Place::new();
        place.raw().execute_batch(&format!("PRAGMA {pragma}")).unwrap();
        assert!(matches!(refused_untouched(&place), OpenError::Foreign { .. }), "{pragma}");
    }
}

#[test]
fn tables_of_our_names_that_somebody_else_made_are_refused() {
    let place = Place::new();
    place.raw().execute_batch("CREATE TABLE twinlock_record (user_id TEXT)").unwrap();
    assert!(matches!(refused_untouched(&place), OpenError::Foreign { .. }));
}

#[test]
fn tables_that_moved_in_later_are_refused() {
    for intruder in [
        "CREATE TABLE users (name TEXT)",
        "CREATE TRIGGER spy AFTER INSERT ON twinlock_event BEGIN SELECT 1; END",
        "CREATE VIEW peek AS SELECT * FROM twinlock_record",
    ] {
        let place = Place::new();
        drop(place.open());
        place.raw().execute_batch(intruder).unwrap();
        assert!(matches!(refused_untouched(&place), OpenError::Foreign { .. }), "{intruder}");
    }
}

#[test]
fn a_newer_schema_is_refused_with_both_versions() {
    let place = Place::new();
    drop(place.open());
    place.raw().execute_batch("CREATE TABLE twinlock_next (x); PRAGMA user_version = 2").unwrap();
    let error = refused_untouched(&place);
    assert!(matches!(error, OpenError::Newer { found: 2, known: 1, .. }));
    assert!(error.to_string().ends_with("has schema 2, this release knows 1: upgrade this application"));
}

#[test]
fn a_lost_index_is_damage() {
    let place = Place::new();
    drop(place.open());
    place.raw().execute_batch("DROP INDEX twinlock_event_at").unwrap();
    assert!(matches!(refused_untouched(&place), OpenError::Damaged { .. }));
}

#[test]
fn a_scribbled_schema_is_damage() {
    let place = Place::new();
    drop(place.open());
    let mut bytes = fs::read(place.file()).unwrap();
    bytes[100..140].fill(0xFF); // the head of the first page, where the schema stands
    fs::write(place.file(), &bytes).unwrap();
    assert!(matches!(refusal(place.file(), NORMAL), OpenError::Damaged { .. }));
    assert_eq!(fs::read(place.file()).unwrap(), bytes, "what is left must be there to be rescued");
}

#[test]
fn scribbled_rows_are_an_error_and_not_a_missing_record() {
    let place = Place::new();
    let storage = place.open();
    for user in 0..200 {
        let user = format!("user {user}");
        assert!(storage.save(&user, None, &record(1), &[event(&user)]).unwrap());
    }
    drop(storage);
    let mut bytes = fs::read(place.file()).unwrap();
    bytes[4096..].fill(0xFF);
    fs::write(place.file(), bytes).unwrap();

    let storage = place.open();
    assert!(matches!(storage.load("user 7"), Err(twinlock::StorageError::Failed(_))));
    assert!(storage.save("user 7", Some(1), &record(2), &[]).is_err());
    assert!(storage.stats(0).is_err());
}

#[test]
fn the_file_says_whose_it_is() {
    let place = Place::new();
    let storage = place.open();
    assert_eq!(storage.file(), place.file());
    let raw = place.raw();
    let pragma = |name| raw.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(pragma("application_id").to_be_bytes()[4..], *b"TWLK");
    assert_eq!(pragma("user_version"), 1);
    let mode: String = raw.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

#[test]
fn the_log_is_folded_in_when_the_last_store_closes() {
    let place = Place::new();
    let (first, second) = (place.open(), place.open());
    assert!(first.save("ada", None, &record(1), &[]).unwrap());
    drop(first);
    assert_eq!(place.names(), ["2fa.db", "2fa.db-shm", "2fa.db-wal"]);
    drop(second);
    assert_eq!(place.names(), ["2fa.db"]);
    assert_eq!(place.open().load("ada").unwrap(), Some(record(1)));
}

#[test]
fn eight_openers_of_a_new_file_all_succeed() {
    for _ in 0..20 {
        let place = Place::new();
        let barrier = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            for user in 0..8 {
                let (place, barrier) = (&place, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    assert!(place.open().save(&user.to_string(), None, &record(1), &[]).unwrap());
                });
            }
        });
        assert_eq!(place.open().stats(0).unwrap().enabled_users, 8);
    }
}

#[cfg(unix)]
mod rights {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    #[test]
    fn only_the_owner_can_read_what_was_made() {
        let place = Place::new();
        let storage = place.open();
        assert!(storage.save("ada", None, &record(1), &[]).unwrap());
        for name in place.names() {
            let mode = fs::metadata(place.folder().join(&name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        assert_eq!(place.names().len(), 3);
    }

    #[test]
    fn rights_that_the_operator_gave_are_kept() {
        let place = Place::new();
        fs::write(place.file(), "").unwrap();
        fs::set_permissions(place.file(), fs::Permissions::from_mode(0o640)).unwrap();
        let _storage = place.open();
        assert_eq!(fs::metadata(place.file()).unwrap().permissions().mode() & 0o777, 0o640);
    }

    /// Opens the file named in the environment and prints what it was told; run by the tests below as another user.
    #[test]
    #[ignore = "the other half of the tests about rights"]
    fn visitor() {
        let Some(path) = std::env::var_os("TWINLOCK_VISIT") else { return };
        println!("@{:?}", SqliteStorage::open(path, PRODUCTION));
    }

    /// What somebody is told who is neither owner nor root. The program is copied to where everybody may run it.
    fn told_to_a_stranger(place: &Place) -> String {
        let stage = Place::new();
        fs::set_permissions(stage.folder(), fs::Permissions::from_mode(0o755)).unwrap();
        let program = stage.folder().join("visitor");
        fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        let mut stranger = Command::new(program);
        stranger.args(["--exact", "rights::visitor", "--ignored", "--nocapture"]);
        stranger.env("TWINLOCK_VISIT", place.file()).current_dir(stage.folder());
        if fs::metadata(place.folder()).unwrap().uid() == 0 {
            stranger.uid(65_534).gid(65_534);
        }
        let output = String::from_utf8(stranger.output().unwrap().stdout).unwrap();
        output.split_once('@').expect("the visitor ran").1.lines().next().unwrap().to_owned()
    }

    #[test]
    fn a_file_that_may_only_be_read_is_refused() {
        let place = Place::new();
        drop(place.open());
        fs::set_permissions(place.folder(), fs::Permissions::from_mode(0o777)).unwrap();
        fs::set_permissions(place.file(), fs::Permissions::from_mode(0o444)).unwrap();
        assert!(told_to_a_stranger(&place).starts_with("Err(NotWritable"));
    }

    #[test]
    fn a_folder_that_may_not_be_written_is_refused() {
        let place = Place::new();
        drop(place.open());
        fs::set_permissions(place.file(), fs::Permissions::from_mode(0o666)).unwrap();
        fs::set_permissions(place.folder(), fs::Permissions::from_mode(0o555)).unwrap();
        assert!(told_to_a_stranger(&place).starts_with("Err(NotWritable"));
        fs::set_permissions(place.folder(), fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn a_folder_that_may_not_be_entered_is_no_missing_file() {
        let place = Place::new();
        drop(place.open());
        fs::set_permissions(place.folder(), fs::Permissions::from_mode(0o700)).unwrap();
        assert!(told_to_a_stranger(&place).starts_with("Err(NotWritable"));
    }

    #[test]
    fn a_file_that_may_not_be_read_is_refused() {
        let place = Place::new();
        drop(place.open());
        fs::set_permissions(place.folder(), fs::Permissions::from_mode(0o777)).unwrap();
        fs::set_permissions(place.file(), fs::Permissions::from_mode(0o000)).unwrap();
        assert!(told_to_a_stranger(&place).starts_with("Err(NotWritable"));
    }
}
