//! Twinlock in another language on the same records: `tests/storage/both/peer.py` and `tests/storage/kotlin/peer.mjs`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use twinlock::testing::{FakePhone, VirtualClock};
use twinlock::{AsyncReports, AsyncStorage, AsyncTwoFactor, Engine, KeyRing, Policy};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The other language.
#[derive(Clone, Copy, Debug)]
pub enum Language {
    /// By `tests/storage/both/peer.py`, in the environment of the tests.
    Python,
    /// By `tests/storage/kotlin/peer.mjs`; databases only.
    Node,
}

struct Peer {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Peer {
    fn start(language: Language, place: [&str; 2], keys: &str) -> Self {
        let (program, script) = match language {
            Language::Python => (format!("{ROOT}/.venv/bin/python"), "both/peer.py"),
            Language::Node => ("node".to_owned(), "kotlin/peer.mjs"),
        };
        let mut command = Command::new(program);
        command.arg(format!("{ROOT}/tests/storage/{script}")).args(place).env("TWINLOCK_KEYS", keys);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = process.stdin.take();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, input, output }
    }

    fn ask(&mut self, clock: &VirtualClock, mut call: Value) -> Value {
        call["now"] = clock.seconds().into();
        writeln!(self.input.as_mut().unwrap(), "{call}").unwrap();
        let mut line = String::new();
        assert!(self.output.read_line(&mut line).unwrap() > 0, "the other side went away; it says why above");
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.process.wait();
    }
}

/// What Rust wrote the other language reads, and the other way round: what one burned the other refuses, and both tell the same
/// events. `place` is what the peer's command line says of the storage: its kind and its address.
///
/// # Panics
/// When they disagree.
pub async fn shared_with<S: AsyncStorage + AsyncReports>(language: Language, place: [&str; 2], storage: S) {
    let (user, keys) = (format!("{language:?}"), KeyRing::generate("2026a").unwrap().to_text());
    let clock = VirtualClock::default();
    let engine = Engine::new("Acme", &KeyRing::parse(&keys).unwrap(), Policy::default(), "").unwrap();
    let rust = AsyncTwoFactor::new(engine, storage).with_clock(clock.clone());
    let mut other = Peer::start(language, place, &keys);
    let enrollment = rust.begin_enrollment(&user, "ada@example.com", Default::default()).await.unwrap();
    let phone = FakePhone::scan(&enrollment.uri, &clock).unwrap();
    rust.confirm_enrollment(&user, &enrollment.setup, &phone.code(), Default::default()).await.unwrap();
    for other_first in [true, false, true] {
        clock.advance(30);
        let mine = rust.after_first_factor(&user, Default::default()).await.unwrap().challenge.unwrap();
        let theirs = other.ask(&clock, json!({ "call": "challenge", "user": user }));
        let verify = json!({ "call": "verify", "challenge": theirs["ok"], "code": *phone.code() });
        if other_first {
            assert_eq!(other.ask(&clock, verify), json!({ "ok": "totp" }));
            let refused = rust.verify(&mine, &phone.code(), Default::default()).await.unwrap_err();
            assert_eq!(refused.code().as_str(), "invalid_code");
        } else {
            assert_eq!(rust.verify(&mine, &phone.code(), Default::default()).await.unwrap().user_id, user);
            assert_eq!(other.ask(&clock, verify), json!({ "refused": "invalid_code" }));
        }
    }
    if matches!(language, Language::Python) {
        same_events(&mut other, &clock, &user, rust.storage()).await;
    }
}

async fn same_events(other: &mut Peer, clock: &VirtualClock, user: &str, storage: &impl AsyncReports) {
    let theirs = other.ask(clock, json!({ "call": "events", "user": user }));
    let mine = storage.events(user, None, 200).await.unwrap();
    let mine: Vec<Value> = mine.iter().map(|event| serde_json::from_str(&event.to_json()).unwrap()).collect();
    assert!(mine.len() >= 4);
    assert_eq!(theirs, json!({ "ok": mine }));
    assert_eq!(other.ask(clock, json!({ "call": "stale", "key": "2026a" })), json!({ "ok": [] }));
}
