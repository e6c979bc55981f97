//! The contract of every storage, held by this one on three real nodes, and what only etcd can get wrong.

mod common;

use std::future::Future;
use std::sync::OnceLock;
use std::task::Poll;
use std::time::{Duration, Instant};

use common::{IMPATIENT, PATIENT, PLACE, Place};
use data_encoding::BASE64;
use serde_json::json;
use twinlock::{AsyncReports, AsyncStorage, StorageError, StoredRecord};
use twinlock_etcd::{ConnectError, EtcdStorage, Options};
use twinlock_storage_testing::{Server, event, openssl, readable, readable_folder, record};

twinlock_storage_testing::laws!(open, environment);

/// One cluster for all tests that do not hurt it; its program ends with this process.
fn place() -> Place {
    static SERVER: OnceLock<Server> = OnceLock::new();
    match std::env::var(PLACE) {
        Ok(text) => Place::parse(&text),
        Err(_) => Place::of(SERVER.get_or_init(|| Server::start("etcd-cluster", &[]))),
    }
}

fn environment() -> Vec<(&'static str, String)> {
    vec![(PLACE, place().text())]
}

async fn open(prefix: &str) -> EtcdStorage {
    place().open(prefix, PATIENT).await
}

#[tokio::test]
async fn erasing_a_user_takes_nothing_of_one_whose_id_begins_alike() {
    let storage = open("alike").await;
    let users = ["a", "a/", "a/b", "a%2Fb", "a0", "ab", "/", "event"];
    for user in users {
        assert!(storage.save(user, None, &record(1), &[event(user)]).await.unwrap());
    }
    for (number, user) in users.into_iter().enumerate() {
        assert_eq!(storage.events(user, None, 10).await.unwrap().len(), 1, "{user}");
        storage.erase(user).await.unwrap();
        for other in &users[number + 1..] {
            assert_eq!(storage.load(other).await.unwrap(), Some(record(1)), "{other} after {user} was erased");
        }
    }
    assert_eq!(storage.purge(u64::MAX).await.unwrap(), 0, "no event is left");
}

#[tokio::test]
async fn two_prefixes_know_nothing_of_each_other() {
    let (one, other) = (open("apps/shop").await, open("apps").await);
    assert!(one.save("ada", None, &record(1), &[event("ada")]).await.unwrap());
    assert_eq!(other.load("ada").await.unwrap(), None);
    assert!(other.stale("none", None, 10).await.unwrap().is_empty());
    assert_eq!(other.purge(u64::MAX).await.unwrap(), 0);
}

#[tokio::test]
async fn pages_have_no_seam() {
    let storage = open("seam").await;
    for version in 1..=3 {
        let events: Vec<_> = (0..100).map(|_| event("ada")).collect();
        let expected = (version > 1).then(|| version - 1);
        assert!(storage.save("ada", expected, &record(version), &events).await.unwrap());
    }
    let all = storage.events("ada", None, usize::MAX).await.unwrap();
    assert_eq!(all.len(), 300);
    assert!(all.is_sorted_by(|newer, older| newer.id > older.id));
    assert_eq!(storage.events("ada", None, 129).await.unwrap(), all[..129]);
    for user in 0..300 {
        assert!(storage.save(&format!("{user:03}"), None, &record(1), &[]).await.unwrap());
    }
    assert_eq!(storage.stale("none", None, usize::MAX).await.unwrap().len(), 301);
    assert_eq!(storage.stats(1_700_000_000).await.unwrap().enabled_users, 301);
    assert_eq!(storage.purge(u64::MAX).await.unwrap(), 300);
    assert!(storage.events("ada", None, usize::MAX).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_etcd_does_not_take_at_once_is_refused_unwritten() {
    let storage = open("large").await;
    let events: Vec<_> = (0..128).map(|_| event("ada")).collect();
    assert!(matches!(storage.save("ada", None, &record(1), &events).await, Err(StorageError::Failed(_))));
    let large = StoredRecord { data: vec![7; 2 << 20], ..record(1) };
    assert!(matches!(storage.save("ada", None, &large, &events[..1]).await, Err(StorageError::Failed(_))));
    assert!(matches!(storage.save("ada", Some(u64::MAX), &record(1), &[]).await, Err(StorageError::Failed(_))));
    let twice = [events[0].clone(), events[0].clone()];
    assert!(matches!(storage.save("ada", None, &record(1), &twice).await, Err(StorageError::Failed(_))));
    assert_eq!(storage.load("ada").await.unwrap(), None);
    assert!(storage.events("ada", None, 10).await.unwrap().is_empty());

    let large = StoredRecord { data: vec![7; 1 << 20], ..record(1) };
    assert!(storage.save("ada", None, &large, &events[..127]).await.unwrap());
    assert_eq!(storage.load("ada").await.unwrap(), Some(large));
    assert_eq!(storage.events("ada", None, 1_000).await.unwrap().len(), 127);
}

#[tokio::test]
async fn a_value_that_makes_no_sense_is_an_error_and_not_a_missing_record() {
    let storage = open("nonsense").await;
    for (key, value) in [("record/ada", "?"), ("event/ada/0", "{}"), ("record/\u{fffd}", "")] {
        let words = json!({"key": BASE64.encode(format!("nonsense/{key}").as_bytes()), "value": BASE64.encode(value.as_bytes())});
        let answer = tokio::task::spawn_blocking(move || place().asked(0, "kv/put", &words)).await.unwrap();
        assert!(answer["header"].is_object(), "{answer}");
    }
    let failed = |error| matches!(error, StorageError::Failed(_));
    assert!(failed(storage.load("ada").await.unwrap_err()));
    assert!(failed(storage.events("ada", None, 10).await.unwrap_err()));
    assert!(failed(storage.stats(0).await.unwrap_err()));
    assert!(failed(storage.stale("2026a", None, 10).await.unwrap_err()));
    assert!(failed(storage.purge(u64::MAX).await.unwrap_err()));
}

#[tokio::test]
async fn a_cancelled_caller_loses_the_answer_and_never_the_write() {
    let storage = open("cancelled").await;
    assert!(storage.save("ada", None, &record(1), &[]).await.unwrap());
    let (next, told) = (record(2), [event("ada")]);
    // Asked once and dropped: nothing has left this process yet.
    let mut save = Box::pin(storage.save("ada", Some(1), &next, &told));
    let first = std::future::poll_fn(|context| Poll::Ready(save.as_mut().poll(context))).await;
    assert!(first.is_pending());
    drop(save);
    let end = Instant::now() + PATIENT;
    while storage.load("ada").await.unwrap() != Some(record(2)) {
        assert!(Instant::now() < end, "the write was lost");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(storage.events("ada", None, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn nobody_without_the_password_gets_in_and_it_is_told_at_once() {
    let place = place();
    let secret = "a-wrong-password";
    let wrong = Options::new().credentials(&place.user, secret);
    let unknown = Options::new().credentials("nobody", &place.password);
    for options in [wrong.clone(), unknown, Options::new()] {
        let refused = EtcdStorage::connect(place.endpoints(), options).await.unwrap_err();
        assert!(matches!(refused, ConnectError::Credentials), "{refused:?}");
        assert!(!format!("{refused:?} {refused} {wrong:?}").contains(secret));
    }
    let debug = format!("{:?}", open("debug").await);
    assert!(!debug.contains(&place.password), "{debug}");
}

#[tokio::test]
async fn a_dead_endpoint_in_front_is_passed_over() {
    let place = place();
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut endpoints = vec![format!("http://{}", dead.local_addr().unwrap())];
    drop(dead);
    let nobody = EtcdStorage::connect(endpoints.clone(), place.options("dead").timeout(IMPATIENT)).await;
    assert!(matches!(nobody, Err(ConnectError::Storage(_))), "{nobody:?}");
    endpoints.extend(place.endpoints());
    let storage = EtcdStorage::connect(endpoints, place.options("dead")).await.unwrap();
    assert!(storage.save("ada", None, &record(1), &[]).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_needs_no_more_than_the_keys_below_its_prefix_and_may_be_made_while_others_work() {
    accounts_change(&[]).await;
}

/// These tokens hold the revision of the accounts, and every change makes all of them stale.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_with_tokens_that_the_nodes_sign() {
    let folder = readable_folder();
    let key = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    openssl(folder.path(), &["genrsa", "-out", "private", "2048"]);
    openssl(folder.path(), &["rsa", "-in", "private", "-pubout", "-out", "public"]);
    readable(&folder, &["private", "public"]);
    let jwt = format!("jwt,pub-key={},priv-key={},sign-method=RS256,ttl=10m", key("public"), key("private"));
    accounts_change(&[&format!("auth-token={jwt}")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ran_out_costs_no_sign_in() {
    let server = Server::start("etcd-cluster", &["auth-token-ttl=1"]);
    let storage = Place::of(&server).open("token", PATIENT).await;
    assert!(storage.save("ada", None, &record(1), &[]).await.unwrap());
    // By the nodes' own clocks, which look every second.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(storage.save("ada", Some(1), &record(2), &[event("ada")]).await.unwrap());
    assert_eq!(storage.load("ada").await.unwrap(), Some(record(2)));
}

async fn accounts_change(settings: &[&str]) {
    let server = Server::start("etcd-cluster", settings);
    let place = Place::of(&server);
    let before = place.open("before", PATIENT).await;
    assert!(before.save("ada", None, &record(1), &[]).await.unwrap());

    let encoded = |key: &str| BASE64.encode(key.as_bytes());
    let keys = json!({"permType": "READWRITE", "key": encoded("shop/"), "range_end": encoded("shop0")});
    tokio::task::block_in_place(|| {
        place.asked(0, "auth/user/add", &json!({"name": "shop", "password": "shop's"}));
        place.asked(1, "auth/role/add", &json!({"name": "shop"}));
        place.asked(2, "auth/role/grant", &json!({"name": "shop", "perm": keys}));
        place.asked(0, "auth/user/grant", &json!({"user": "shop", "role": "shop"}));
    });
    assert!(before.save("ada", Some(1), &record(2), &[event("ada")]).await.unwrap(), "its token is of older rights");

    let options = |prefix| Options::new().prefix(prefix).credentials("shop", "shop's").timeout(PATIENT);
    let storage = EtcdStorage::connect(place.endpoints(), options("shop")).await.unwrap();
    assert!(storage.save("ada", None, &record(1), &[event("ada")]).await.unwrap());
    assert!(storage.save("ada", Some(1), &record(2), &[event("ada")]).await.unwrap());
    assert_eq!(storage.load("ada").await.unwrap(), Some(record(2)));
    assert_eq!(storage.stats(1_700_000_000).await.unwrap().enabled_users, 1);
    assert_eq!(storage.purge(u64::MAX).await.unwrap(), 2);
    storage.erase("ada").await.unwrap();
    let beyond = EtcdStorage::connect(place.endpoints(), options("before")).await;
    assert!(matches!(beyond, Err(ConnectError::Storage(StorageError::Failed(_)))), "{beyond:?}");
}
