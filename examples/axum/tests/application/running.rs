//! The application as it runs: with a client that shares no code with it, and with a log.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;
use tracing_subscriber::fmt::MakeWriter;
use twinlock::KeyRing;
use twinlock_example_axum::{AppClock, BASE, Settings, application};

use crate::visitor::{Example, PASSWORD, settings};

fn is_missing(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    !std::env::split_paths(&path).any(|folder| folder.join(tool).is_file())
}

#[tokio::test]
async fn a_client_that_shares_no_code_with_twinlock_goes_the_whole_way() {
    if ["curl", "zbarimg", "oathtool", "python3"].into_iter().any(is_missing) {
        eprintln!("skipped: curl, zbarimg, oathtool or python3 is missing");
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let keys = KeyRing::generate("k1").unwrap().to_text();
    let settings = Settings { origin: address.clone(), ..settings(data.path(), &keys) };
    let router = application(settings, AppClock::default()).await.unwrap();
    let server =
        tokio::spawn(axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).into_future());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../walkthrough.sh");
    let walk = move || Command::new(script).args([&address, "session"]).stdin(Stdio::null()).output().unwrap();
    let walked = spawn_blocking(walk).await.unwrap();
    server.abort();
    let told = [walked.stdout, walked.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(walked.status.success() && told.contains("all done"), "{told}");
}

/// Where the log goes here.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_log_tells_what_happened_and_holds_no_secret() {
    let lines = Lines::default();
    // Without the time: its digits could look like a code.
    tracing_subscriber::fmt()
        .json()
        .without_time()
        .with_writer(lines.clone())
        .with_max_level(tracing::Level::TRACE)
        .init();
    let example = Example::new().await;
    let mut ada = example.signed_in("ada").await;
    let shown = ada.post(&format!("{BASE}/setup"), json!({ "password": PASSWORD })).await.json(201);
    let (phone, backup_codes) = ada.enroll(&example.clock).await;
    let mut again = example.visitor();
    let challenge = again.login("ada").await.ok();
    again.verify("000000").await.refused(401, "invalid_code");
    let code = phone.code().to_string();
    again.verify(&code).await.ok();
    again.get("/account?secret=in-the-query").await;
    again.post("/api/auth/login", json!({ "username": "ada", "password": 12 })).await.refused(400, "malformed_request");

    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let ours = |line: &Value| {
        let path = line["fields"]["path"].as_str().map(str::to_owned);
        path.map(|path| format!("{} {path} {}", line["fields"]["method"].as_str().unwrap(), line["fields"]["status"]))
    };
    let told: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let requests: Vec<String> = told.iter().filter_map(ours).collect();
    assert!(requests.contains(&format!("POST {BASE}/verify 401")), "{requests:?}");
    assert!(requests.contains(&"GET /account 200".to_owned()), "{requests:?}");
    let audited = told.iter().filter(|line| line["target"] == "audit");
    let kinds: Vec<&str> = audited.filter_map(|line| line["fields"]["kind"].as_str()).collect();
    assert!(["enrolled", "failed", "verified"].iter().all(|kind| kinds.contains(kind)), "{kinds:?}");

    let tokens = [&shown["secret"], &shown["setup"], &challenge["challenge"]].map(|value| value.as_str().unwrap());
    let cookies = again.cookies.values().chain(ada.cookies.values()).map(String::as_str);
    let typed = backup_codes.iter().map(String::as_str).chain([PASSWORD, &code, "in-the-query"]);
    for secret in tokens.into_iter().chain(cookies).chain(typed) {
        assert!(!text.contains(secret), "the log holds {secret}");
    }
}
