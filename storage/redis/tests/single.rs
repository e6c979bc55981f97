//! A real Redis.

mod common;

use std::sync::OnceLock;
use std::time::Duration;

use common::{IMPATIENT, PLACE, impatient, options, refusal};
use twinlock::{AsyncReports, AsyncStorage, StorageError};
use twinlock_redis::{OpenError, Options, RedisStorage, Refusal};
use twinlock_storage_testing::{Language, Server, event, killed, paused, record, shared_with};

twinlock_storage_testing::laws!(open, place);

/// One server for all tests that do not hurt it; its program ends with this process.
fn url() -> String {
    static SERVER: OnceLock<Server> = OnceLock::new();
    std::env::var(PLACE).unwrap_or_else(|_| SERVER.get_or_init(|| Server::start("redis", &[])).facts.url.clone())
}

fn place() -> Vec<(&'static str, String)> {
    vec![(PLACE, url())]
}

async fn open(name: &str) -> RedisStorage {
    RedisStorage::open(url(), options(name)).unwrap()
}

/// A connection that knows nothing of the storage.
async fn raw(command: &[&str]) -> redis::Value {
    let client = redis::Client::open(url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    redis::cmd(command[0]).arg(&command[1..]).query_async(&mut connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_is_an_error_and_its_return_is_noticed() {
    let mut server = Server::start("redis", &[]);
    let storage = RedisStorage::open(server.facts.url.clone(), impatient()).unwrap();
    killed(&mut server, &storage, IMPATIENT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_still_is_a_time_out() {
    let mut server = Server::start("redis", &[]);
    let storage = RedisStorage::open(server.facts.url.clone(), impatient()).unwrap();
    paused(&mut server, &storage, IMPATIENT).await;
}

#[tokio::test]
async fn a_server_that_evicts_is_refused_until_it_is_set_right() {
    let server = Server::start("redis", &["maxmemory-policy=allkeys-lru"]);
    let storage = RedisStorage::open(server.facts.url.clone(), impatient()).unwrap();
    let refused = storage.save("ada", None, &record(1), &[]).await.unwrap_err();
    assert!(matches!(refusal(refused), Refusal::Evicts { policy } if policy == "allkeys-lru"));
    let client = redis::Client::open(server.facts.url.clone()).unwrap();
    let mut raw = client.get_multiplexed_async_connection().await.unwrap();
    let set = redis::cmd("CONFIG").arg(&["SET", "maxmemory-policy", "noeviction"]).query_async(&mut raw).await;
    let () = set.unwrap();
    assert!(storage.save("ada", None, &record(1), &[]).await.unwrap());
}

#[tokio::test]
async fn a_replica_is_refused() {
    let server = Server::start("redis", &["replicaof=127.0.0.1 1"]);
    let storage = RedisStorage::open(server.facts.url.clone(), impatient()).unwrap();
    assert!(matches!(refusal(storage.ready().await.unwrap_err()), Refusal::Follower));
}

#[tokio::test]
async fn connections_that_died_while_idle_cost_a_load_nothing() {
    let server = Server::start("redis", &[]);
    let storage = RedisStorage::open(server.facts.url.clone(), impatient()).unwrap();
    assert!(storage.save("ada", None, &record(1), &[]).await.unwrap());
    let client = redis::Client::open(server.facts.url.clone()).unwrap();
    let mut raw = client.get_multiplexed_async_connection().await.unwrap();
    let ended: i64 =
        redis::cmd("CLIENT").arg(&["KILL", "TYPE", "normal", "SKIPME", "yes"]).query_async(&mut raw).await.unwrap();
    assert!(ended > 0);
    assert_eq!(storage.load("ada").await.unwrap(), Some(record(1)));
}

#[tokio::test]
async fn a_server_that_forgot_the_script_is_told_it_again() {
    let storage = open("script").await;
    assert!(storage.save("ada", None, &record(1), &[event("ada")]).await.unwrap());
    raw(&["SCRIPT", "FLUSH"]).await;
    assert!(storage.save("ada", Some(1), &record(2), &[event("ada")]).await.unwrap());
    assert_eq!(storage.events("ada", None, 9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_cancelled_caller_loses_the_answer_and_never_the_write() {
    let server = Server::start("redis", &[]);
    let storage = RedisStorage::open(server.facts.url.clone(), options("twinlock")).unwrap();
    assert!(storage.save("ada", None, &record(1), &[]).await.unwrap());
    let client = redis::Client::open(server.facts.url.clone()).unwrap();
    let mut raw = client.get_multiplexed_async_connection().await.unwrap();
    let () = redis::cmd("CLIENT").arg(&["PAUSE", "500", "WRITE"]).query_async(&mut raw).await.unwrap();
    let (next, told) = (record(2), [event("ada")]);
    let save = storage.save("ada", Some(1), &next, &told);
    assert!(tokio::time::timeout(Duration::from_millis(100), save).await.is_err(), "it waits for the pause");
    // Writes are answered in their order: this one comes after that.
    assert!(!storage.save("ada", Some(1), &record(3), &[]).await.unwrap());
    assert_eq!(storage.load("ada").await.unwrap(), Some(record(2)));
    assert_eq!(storage.events("ada", None, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn two_hundred_events_are_kept_and_the_oldest_go() {
    let storage = open("kept").await;
    let events: Vec<_> = (0..150).map(|_| event("ada")).collect();
    assert!(storage.save("ada", None, &record(1), &events).await.unwrap());
    let more: Vec<_> = (0..60).map(|_| event("ada")).collect();
    assert!(storage.save("ada", Some(1), &record(2), &more).await.unwrap());
    let kept = storage.events("ada", None, 999).await.unwrap();
    assert_eq!(kept.len(), 200);
    assert_eq!((kept[0].id, kept[199].id), (more[59].id, events[10].id));
}

#[tokio::test]
async fn what_makes_no_sense_is_an_error_and_not_a_missing_record() {
    let storage = open("nonsense").await;
    assert!(storage.save("ada", None, &record(1), &[event("ada")]).await.unwrap());
    raw(&["HDEL", "nonsense:{ada}:record", "enabled"]).await;
    raw(&["LPUSH", "nonsense:{ada}:events", "{}"]).await;
    assert!(matches!(refusal(storage.load("ada").await.unwrap_err()), Refusal::Unreadable(_)));
    assert!(matches!(refusal(storage.events("ada", None, 9).await.unwrap_err()), Refusal::Unreadable(_)));
    raw(&["SET", "nonsense:{bob}:record", "text"]).await;
    assert!(matches!(storage.load("bob").await, Err(StorageError::Failed(_))));
    raw(&["SET", "nonsense:{eve}:events", "text"]).await;
    assert!(matches!(storage.save("eve", None, &record(1), &[event("eve")]).await, Err(StorageError::Failed(_))));
    assert_eq!(storage.load("eve").await.unwrap(), None, "neither record nor event");
}

#[tokio::test]
async fn keys_and_values_are_those_of_the_contract() {
    let storage = open("bytes").await;
    let told = event("a}b%");
    assert!(storage.save("a}b%", None, &record(1), std::slice::from_ref(&told)).await.unwrap());
    let fields: Vec<String> = redis::from_redis_value(raw(&["HGETALL", "bytes:{a%7Db%25}:record"]).await).unwrap();
    assert_eq!(fields, ["version", "1", "enabled", "1", "key_id", "2026a", "data", "AAAAAAAAAAE="]);
    let events: Vec<String> =
        redis::from_redis_value(raw(&["LRANGE", "bytes:{a%7Db%25}:events", "0", "-1"]).await).unwrap();
    assert_eq!(events, [told.to_json()]);
}

#[tokio::test]
async fn a_walk_through_all_keys_must_be_asked_for() {
    let storage = RedisStorage::open(url(), Options::default()).unwrap();
    assert!(matches!(refusal(storage.stats(9).await.unwrap_err()), Refusal::ScanIsOff));
    assert!(matches!(refusal(storage.stale("a", None, 9).await.unwrap_err()), Refusal::ScanIsOff));
    assert!(matches!(refusal(storage.purge(9).await.unwrap_err()), Refusal::ScanIsOff));
}

#[tokio::test]
async fn a_server_without_tls_is_not_spoken_to_where_tls_was_asked_for() {
    let storage = RedisStorage::open(url().replacen("redis:", "rediss:", 1), impatient()).unwrap();
    // It waits for a greeting that never comes. A panic for want of cryptography would be another error.
    assert!(matches!(storage.ready().await, Err(StorageError::Timeout)));
}

#[tokio::test]
async fn nothing_shows_the_password() {
    let storage = RedisStorage::open("redis://twinlock:hidden@localhost", Options::default()).unwrap();
    assert!(!format!("{storage:?}").contains("hidden"), "{storage:?}");
    let refused = RedisStorage::open("redis://twinlock:hidden@localhost:x", Options::default()).unwrap_err();
    assert!(matches!(refused, OpenError::Address(_)) && !format!("{refused:?}").contains("hidden"), "{refused:?}");
    let nobody = RedisStorage::open(url().replace('@', "wrong@"), Options::default()).unwrap();
    let refused = nobody.load("ada").await.unwrap_err();
    assert!(matches!(refused, StorageError::Failed(_)) && !format!("{refused:?}").contains("wrong@"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rust_and_python_refuse_what_the_other_burned() {
    let url = url();
    shared_with(Language::Python, ["redis", &url], open("twinlock").await).await;
}
