//! Real servers, by `tests/servers/run.py`.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/servers/run.py");

/// A server of a test's own, or three in a cluster. It ends with this value, and with this process.
pub struct Server {
    /// Where it is and how to sign in there.
    pub facts: Facts,
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// What the program tells of a server.
#[derive(Clone, Debug, Deserialize)]
pub struct Facts {
    /// The whole address.
    pub url: String,
    /// Who may sign in.
    pub user: Option<String>,
    /// And how.
    pub password: Option<String>,
    /// Every server of a cluster; the one of a single server.
    #[serde(default)]
    pub nodes: Vec<Node>,
}

/// One server of several.
#[derive(Clone, Debug, Deserialize)]
pub struct Node {
    /// Its address.
    pub url: String,
    /// Its port.
    pub port: u16,
    /// Its process.
    pub pid: i32,
}

#[derive(Deserialize)]
struct Told {
    ok: bool,
    error: Option<String>,
}

impl Server {
    /// Starts a `postgres`, `mariadb`, `redis`, `redis-cluster` or `etcd-cluster`, with settings of the server such as
    /// `maxmemory-policy=allkeys-lru`.
    ///
    /// # Panics
    /// When it does not start: a test without its server must fail.
    #[must_use]
    pub fn start(kind: &str, settings: &[&str]) -> Self {
        let mut command = Command::new("python3");
        command.arg(Path::new(PROGRAM)).args([kind, "--fast"]);
        command.args(settings.iter().map(|setting| format!("--option={setting}")));
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3 runs");
        let input = process.stdin.take();
        let mut output = BufReader::new(process.stdout.take().expect("a pipe"));
        let facts = serde_json::from_str(&line(&mut output)).expect("facts in JSON");
        Self { facts, process, input, output }
    }

    /// One of `kill`, `stop`, `start`, `pause`, `resume`, also with a node's number: `kill 1`. Comes back when it is done.
    ///
    /// # Panics
    /// When it cannot be done.
    pub fn command(&mut self, command: &str) {
        writeln!(self.input.as_mut().expect("a pipe"), "{command}").expect("the program listens");
        let told: Told = serde_json::from_str(&line(&mut self.output)).expect("an answer in JSON");
        assert!(told.ok, "{command}: {}", told.error.unwrap_or_default());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.input = None;
        // It cleans up behind itself.
        let _ = self.process.wait();
    }
}

fn line(output: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    assert!(output.read_line(&mut line).expect("a pipe") > 0, "the server program has ended; it says why above");
    line
}
