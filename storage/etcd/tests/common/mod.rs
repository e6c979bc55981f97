//! What the tests on real nodes share: storages on them, and their JSON gateways, which go around this crate.
#![allow(dead_code)] // each test binary uses its part

pub(crate) mod crowd;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use twinlock_etcd::{EtcdStorage, Options};
use twinlock_storage_testing::Server;

/// Tells a process that races where the data is.
pub(crate) const PLACE: &str = "TWINLOCK_PLACE";

/// Long enough for a busy machine.
pub(crate) const PATIENT: Duration = Duration::from_secs(20);

/// Long enough for an election between these nodes, short enough to wait for.
pub(crate) const IMPATIENT: Duration = Duration::from_millis(1_200);

/// Where a cluster is and how to sign in there.
#[derive(Clone)]
pub(crate) struct Place {
    /// `http` or `https`.
    pub(crate) scheme: String,
    /// `host:port` of each node.
    pub(crate) nodes: Vec<String>,
    pub(crate) user: String,
    pub(crate) password: String,
}

impl Place {
    pub(crate) fn of(server: &Server) -> Self {
        let urls: Vec<_> = server.facts.nodes.iter().map(|node| node.url.clone()).collect();
        Self::parse(&urls.join(" "))
    }

    /// URLs with user and password, and a space between them.
    pub(crate) fn parse(text: &str) -> Self {
        let parts = |url: &str| {
            let (scheme, rest) = url.split_once("://").unwrap();
            let (account, node) = rest.split_once('@').unwrap();
            let (user, password) = account.split_once(':').unwrap();
            [scheme, user, password, node].map(str::to_owned)
        };
        let [scheme, user, password, _] = parts(text.split(' ').next().unwrap());
        let nodes = text.split(' ').map(|url| parts(url)[3].clone()).collect();
        Self { scheme, nodes, user, password }
    }

    pub(crate) fn text(&self) -> String {
        let url = |node: &String| format!("{}://{}:{}@{node}", self.scheme, self.user, self.password);
        self.nodes.iter().map(url).collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn endpoints(&self) -> Vec<String> {
        self.nodes.iter().map(|node| format!("{}://{node}", self.scheme)).collect()
    }

    pub(crate) fn options(&self, prefix: &str) -> Options {
        Options::new().prefix(prefix).credentials(&self.user, &self.password).timeout(PATIENT)
    }

    pub(crate) async fn open(&self, prefix: &str, timeout: Duration) -> EtcdStorage {
        EtcdStorage::connect(self.endpoints(), self.options(prefix).timeout(timeout)).await.unwrap()
    }

    /// One request to a node as JSON, signed in.
    pub(crate) fn asked(&self, node: usize, path: &str, words: &Value) -> Value {
        let account = json!({"name": self.user, "password": self.password});
        let token = post(&self.nodes[node], "auth/authenticate", "", &account)["token"].clone();
        post(&self.nodes[node], path, token.as_str().unwrap(), words)
    }

    /// The number of the node that leads; it must be reachable.
    pub(crate) fn leader(&self) -> usize {
        let led_by_itself = |node: &String| {
            let status = post(node, "maintenance/status", "", &json!({}));
            status["leader"] == status["header"]["member_id"]
        };
        self.nodes.iter().position(led_by_itself).expect("a leader")
    }
}

fn post(node: &str, path: &str, token: &str, words: &Value) -> Value {
    let body = words.to_string();
    let sign_in = if token.is_empty() { String::new() } else { format!("Authorization: {token}\r\n") };
    let mut connection = TcpStream::connect(node).unwrap();
    connection.set_read_timeout(Some(PATIENT)).unwrap();
    write!(
        connection,
        "POST /v3/{path} HTTP/1.0\r\nHost: {node}\r\n{sign_in}Content-Length: {}\r\n\r\n{body}",
        body.len(),
    )
    .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}
