//! A real cluster of three primaries: two of three keys are answered with MOVED by the node that is asked first.

mod common;

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use common::{IMPATIENT, PLACE, impatient, options, refusal};
use redis::aio::MultiplexedConnection;
use redis::{Client, FromRedisValue};
use twinlock::{AsyncReports, AsyncStorage};
use twinlock_redis::{Options, RedisStorage, Refusal};
use twinlock_storage_testing::{Language, Node, Server, event, record, shared_with};

twinlock_storage_testing::laws!(open, place);

/// The address of one node, of which the others are learnt.
fn url() -> String {
    let start = || Server::start("redis-cluster", &[]);
    static SERVER: OnceLock<Server> = OnceLock::new();
    std::env::var(PLACE).unwrap_or_else(|_| SERVER.get_or_init(start).facts.nodes[0].url.clone())
}

fn place() -> Vec<(&'static str, String)> {
    vec![(PLACE, url())]
}

async fn open(name: &str) -> RedisStorage {
    RedisStorage::open_cluster([url()], options(name)).unwrap()
}

async fn connected(node: &Node) -> MultiplexedConnection {
    Client::open(node.url.clone()).unwrap().get_multiplexed_async_connection().await.unwrap()
}

async fn ask<T: FromRedisValue>(node: &MultiplexedConnection, command: &[&str]) -> T {
    redis::cmd(command[0]).arg(&command[1..]).query_async(&mut node.clone()).await.unwrap()
}

/// The node that has that user's record.
async fn home(nodes: &[MultiplexedConnection], slot: &str) -> usize {
    for (number, node) in nodes.iter().enumerate() {
        if ask::<i64>(node, &["CLUSTER", "COUNTKEYSINSLOT", slot]).await > 0 {
            return number;
        }
    }
    panic!("no node has it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_has_moved_is_followed() {
    let server = Server::start("redis-cluster", &[]);
    let storage = RedisStorage::open_cluster([server.facts.url.clone()], options("twinlock")).unwrap();
    assert!(storage.save("ada", None, &record(1), &[event("ada")]).await.unwrap());
    let mut nodes = Vec::new();
    let mut ids: Vec<String> = Vec::new();
    for node in &server.facts.nodes {
        nodes.push(connected(node).await);
        ids.push(ask(&nodes[ids.len()], &["CLUSTER", "MYID"]).await);
    }
    let keys = ["twinlock:{ada}:record", "twinlock:{ada}:events"];
    let slot = ask::<i64>(&nodes[0], &["CLUSTER", "KEYSLOT", keys[0]]).await.to_string();
    let source = home(&nodes, &slot).await;
    let target = (source + 1) % nodes.len();
    let () = ask(&nodes[target], &["CLUSTER", "SETSLOT", &slot, "IMPORTING", &ids[source]]).await;
    let () = ask(&nodes[source], &["CLUSTER", "SETSLOT", &slot, "MIGRATING", &ids[target]]).await;
    let (port, facts) = (server.facts.nodes[target].port.to_string(), &server.facts);
    let (user, password) = (facts.user.as_deref().unwrap_or("default"), facts.password.as_deref().unwrap());
    let migrate = ["MIGRATE", "127.0.0.1", &port, "", "0", "5000", "AUTH2", user, password, "KEYS", keys[0], keys[1]];
    let () = ask(&nodes[source], &migrate).await;
    assert_eq!(storage.load("ada").await.unwrap(), Some(record(1)), "half way: ASK");
    for node in [target, source] {
        let () = ask(&nodes[node], &["CLUSTER", "SETSLOT", &slot, "NODE", &ids[target]]).await;
    }
    assert!(storage.save("ada", Some(1), &record(2), &[event("ada")]).await.unwrap(), "MOVED");
    assert_eq!(storage.load("ada").await.unwrap(), Some(record(2)));
    assert_eq!(storage.events("ada", None, 9).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_node_refuses_its_users_in_time_and_its_return_is_noticed() {
    let mut server = Server::start("redis-cluster", &["cluster-require-full-coverage=no"]);
    let storage = RedisStorage::open_cluster([server.facts.url.clone()], impatient()).unwrap();
    assert!(storage.save("ada", None, &record(1), &[event("ada")]).await.unwrap());
    let mut nodes = Vec::new();
    for node in &server.facts.nodes {
        nodes.push(connected(node).await);
    }
    let slot = ask::<i64>(&nodes[0], &["CLUSTER", "KEYSLOT", "twinlock:{ada}:record"]).await.to_string();
    let home = home(&nodes, &slot).await;
    tokio::task::block_in_place(|| server.command(&format!("kill {home}")));
    let start = Instant::now();
    assert!(storage.load("ada").await.is_err());
    assert!(storage.save("ada", Some(1), &record(2), &[event("ada")]).await.is_err());
    assert!(start.elapsed() < IMPATIENT * 4, "{:?}", start.elapsed());
    tokio::task::block_in_place(|| server.command(&format!("start {home}")));
    let end = Instant::now() + Duration::from_secs(30);
    while storage.load("ada").await.ok() != Some(Some(record(1))) {
        assert!(Instant::now() < end, "it did not come back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(storage.save("ada", Some(1), &record(2), &[event("ada")]).await.unwrap());
}

#[tokio::test]
async fn one_node_that_evicts_is_enough_to_be_refused() {
    let server = Server::start("redis-cluster", &[]);
    let node = connected(&server.facts.nodes[2]).await;
    let () = ask(&node, &["CONFIG", "SET", "maxmemory-policy", "volatile-ttl"]).await;
    let storage = RedisStorage::open_cluster([server.facts.url.clone()], Options::default()).unwrap();
    assert!(matches!(refusal(storage.ready().await.unwrap_err()), Refusal::Evicts { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn rust_and_python_refuse_what_the_other_burned() {
    let url = url();
    shared_with(Language::Python, ["redis-cluster", &url], open("twinlock").await).await;
}
