//! A real MariaDB.

mod common;

use std::sync::OnceLock;

use common::{IMPATIENT, PLACE, only_right_certificates, options, refusal, sql_laws, with_tables};
use sqlx::mysql::MySqlConnectOptions;
use sqlx::{ConnectOptions, MySqlConnection};
use twinlock::{AsyncStorage, StorageError};
use twinlock_sqlx::{MySqlStorage, OpenError, Options, Refusal};
use twinlock_storage_testing::{Language, Papers, Server, event, killed, paused, record, shared_with};

twinlock_storage_testing::laws!(open, place);
sql_laws!(open, impatient, hold, raw);

/// One server for all tests that do not hurt it; its program ends with this process.
fn url() -> String {
    static SERVER: OnceLock<Server> = OnceLock::new();
    std::env::var(PLACE).unwrap_or_else(|_| SERVER.get_or_init(|| Server::start("mariadb", &[])).facts.url.clone())
}

fn place() -> Vec<(&'static str, String)> {
    vec![(PLACE, url())]
}

async fn open(name: &str) -> MySqlStorage {
    with_tables(MySqlStorage::open(&url(), options(name)).unwrap(), name).await
}

fn impatient(name: &str) -> MySqlStorage {
    MySqlStorage::open(&url(), common::impatient(name)).unwrap()
}

async fn raw() -> MySqlConnection {
    url().parse::<MySqlConnectOptions>().unwrap().connect().await.unwrap()
}

async fn hold(name: &str) -> MySqlConnection {
    let mut held = raw().await;
    let lock = format!("BEGIN; SELECT * FROM {name}twinlock_record WHERE user_id = 'ada' FOR UPDATE");
    sqlx::raw_sql(sqlx::AssertSqlSafe(lock)).execute(&mut held).await.unwrap();
    held
}

async fn hurt(settings: &[&str]) -> (Server, MySqlStorage) {
    let server = Server::start("mariadb", settings);
    let options = Options { timeout: IMPATIENT * 2, ..Options::default() };
    let storage = MySqlStorage::open(&server.facts.url, options).unwrap();
    storage.create_tables().await.unwrap();
    (server, storage)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_is_an_error_and_its_return_is_noticed() {
    let (mut server, storage) = hurt(&[]).await;
    killed(&mut server, &storage, IMPATIENT * 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_still_is_a_time_out() {
    let (mut server, storage) = hurt(&[]).await;
    paused(&mut server, &storage, IMPATIENT * 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_only_follows_is_refused() {
    let (server, storage) = hurt(&[]).await;
    storage.ready().await.unwrap();
    let mut raw = server.facts.url.parse::<MySqlConnectOptions>().unwrap().connect().await.unwrap();
    sqlx::raw_sql("SET GLOBAL read_only = 1").execute(&mut raw).await.unwrap();
    // On a connection that was there before, too.
    assert!(matches!(refusal(storage.load("ada").await.unwrap_err()), Refusal::Follower));
    assert!(matches!(refusal(storage.ready().await.unwrap_err()), Refusal::Follower));
}

#[tokio::test]
async fn a_save_that_changes_nothing_in_the_row_counts_as_saved() {
    let storage = open("same").await;
    assert!(storage.save("ada", None, &record(1), &[]).await.unwrap());
    assert!(storage.save("ada", Some(1), &record(1), &[]).await.unwrap());
    assert!(!storage.save("ada", Some(2), &record(1), &[]).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_strict_and_at_read_committed_whatever_the_servers_default() {
    let (_server, storage) = hurt(&["sql-mode=", "transaction-isolation=SERIALIZABLE", "autocommit=0"]).await;
    let long = "x".repeat(256);
    assert!(storage.save(&long, None, &record(1), &[]).await.is_err(), "a cut user id is somebody else's");
    assert_eq!(storage.load(&long[..255]).await.unwrap(), None);
    assert!(storage.save("ada", None, &record(1), &[event("ada")]).await.unwrap());
    let other = MySqlStorage::open(&_server.facts.url, Options::default()).unwrap();
    assert_eq!(other.load("ada").await.unwrap(), Some(record(1)));
    assert!(storage.save("ada", Some(1), &record(2), &[]).await.unwrap());
    assert_eq!(other.load("ada").await.unwrap(), Some(record(2)), "no snapshot of the load before");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_spoken_to_by_tls_if_its_certificate_is_right_and_not_at_all_otherwise() {
    let papers = Papers::new();
    let files =
        [("cert", "node.pem"), ("key", "node.key")].map(|(file, name)| format!("ssl-{file}={}", papers.path(name)));
    // It lets nobody in without TLS.
    let server = Server::start("mariadb", &["require-secure-transport=ON", &files[0], &files[1]]);
    only_right_certificates((&server.facts.url, &url(), &papers), |url, papers| {
        let url = format!("{url}?ssl-mode=VERIFY_IDENTITY&ssl-ca={}", papers.path("authority.pem"));
        MySqlStorage::open(&url, options("")).unwrap()
    })
    .await;
}

#[tokio::test]
async fn nothing_shows_the_password() {
    let storage = MySqlStorage::open("mysql://twinlock:hidden@localhost/acme", Options::default()).unwrap();
    assert!(!format!("{storage:?}").contains("hidden"), "{storage:?}");
    let refused = MySqlStorage::open("mysql://twinlock:hidden@localhost:x/acme", Options::default()).unwrap_err();
    assert!(matches!(refused, OpenError::Address(_)) && !format!("{refused:?}").contains("hidden"), "{refused:?}");
    let nobody = MySqlStorage::open(&url().replace('@', "wrong@"), Options::default()).unwrap();
    let refused = nobody.load("ada").await.unwrap_err();
    assert!(matches!(refused, StorageError::Failed(_)) && !format!("{refused:?}").contains("wrong@"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rust_and_python_refuse_what_the_other_burned() {
    let url = url().replacen("mysql:", "mysql+pymysql:", 1);
    shared_with(Language::Python, ["sqlalchemy", &url], open("").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rust_and_node_refuse_what_the_other_burned() {
    let url = url();
    shared_with(Language::Node, ["mysql2", &url], open("").await).await;
}
