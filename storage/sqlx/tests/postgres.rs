//! A real PostgreSQL.

mod common;

use std::sync::OnceLock;

use common::{IMPATIENT, PLACE, only_right_certificates, options, refusal, sql_laws, with_tables};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};
use twinlock::{AsyncStorage, StorageError};
use twinlock_sqlx::{OpenError, Options, PgStorage, Refusal};
use twinlock_storage_testing::{Language, Papers, Server, event, killed, paused, record, shared_with};

twinlock_storage_testing::laws!(open, place);
sql_laws!(open, impatient, hold, raw);

/// One server for all tests that do not hurt it; its program ends with this process.
fn url() -> String {
    static SERVER: OnceLock<Server> = OnceLock::new();
    std::env::var(PLACE).unwrap_or_else(|_| SERVER.get_or_init(|| Server::start("postgres", &[])).facts.url.clone())
}

fn place() -> Vec<(&'static str, String)> {
    vec![(PLACE, url())]
}

async fn open(name: &str) -> PgStorage {
    with_tables(PgStorage::open(&url(), options(name)).unwrap(), name).await
}

fn impatient(name: &str) -> PgStorage {
    PgStorage::open(&url(), common::impatient(name)).unwrap()
}

async fn raw() -> PgConnection {
    url().parse::<PgConnectOptions>().unwrap().connect().await.unwrap()
}

async fn hold(name: &str) -> PgConnection {
    let mut held = raw().await;
    let lock = format!("BEGIN; SELECT * FROM {name}twinlock_record WHERE user_id = 'ada' FOR UPDATE");
    sqlx::raw_sql(sqlx::AssertSqlSafe(lock)).execute(&mut held).await.unwrap();
    held
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_is_an_error_and_its_return_is_noticed() {
    let mut server = Server::start("postgres", &[]);
    let storage = PgStorage::open(&server.facts.url, Options { timeout: IMPATIENT, ..Options::default() }).unwrap();
    storage.create_tables().await.unwrap();
    killed(&mut server, &storage, IMPATIENT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_still_is_a_time_out() {
    let mut server = Server::start("postgres", &[]);
    let storage = PgStorage::open(&server.facts.url, Options { timeout: IMPATIENT, ..Options::default() }).unwrap();
    storage.create_tables().await.unwrap();
    paused(&mut server, &storage, IMPATIENT).await;
}

#[tokio::test]
async fn connections_that_died_while_idle_cost_a_load_nothing() {
    let storage = open("idle").await;
    assert!(storage.save("ada", None, &record(1), &[]).await.unwrap());
    let mut raw = raw().await;
    // Only this storage has run a statement about these tables on its connection.
    let ended = sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%idletwinlock_%' AND pid <> pg_backend_pid()")
        .execute(&mut raw)
        .await
        .unwrap();
    assert!(ended.rows_affected() > 0);
    assert_eq!(storage.load("ada").await.unwrap(), Some(record(1)));
}

#[tokio::test]
async fn sessions_commit_to_the_disk_and_at_read_committed_whatever_the_databases_default() {
    let address: PgConnectOptions = url().parse().unwrap();
    let lax = address.options([("synchronous_commit", "off"), ("default_transaction_isolation", "serializable")]);
    let storage = with_tables(PgStorage::with(lax, options("lax")).unwrap(), "lax").await;
    assert!(storage.save("ada", None, &record(1), &[event("ada")]).await.unwrap());
    let mut raw = raw().await;
    // A trigger that refuses shows the settings of the session that writes.
    sqlx::raw_sql(
        "CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            RAISE EXCEPTION '% %', current_setting('synchronous_commit'), current_setting('transaction_isolation');
        END $$;
        CREATE TRIGGER told BEFORE UPDATE ON laxtwinlock_record FOR EACH ROW EXECUTE FUNCTION told()",
    )
    .execute(&mut raw)
    .await
    .unwrap();
    let told = refusal(storage.save("ada", Some(1), &record(2), &[]).await.unwrap_err());
    let Refusal::Database(told) = told else { panic!("{told:?}") };
    assert_eq!(told.as_database_error().unwrap().message(), "on read committed");
}

#[tokio::test]
async fn a_load_that_knows_of_no_primary_is_refused() {
    // What a standby says is said here by a function of that name that is found first.
    let mut raw = raw().await;
    sqlx::raw_sql(
        "CREATE SCHEMA standby;
        CREATE FUNCTION standby.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    )
    .execute(&mut raw)
    .await
    .unwrap();
    let address: PgConnectOptions = url().parse().unwrap();
    let address = address.options([("search_path", "standby,pg_catalog,public")]);
    let storage = with_tables(PgStorage::with(address, options("follower")).unwrap(), "follower").await;
    assert!(matches!(refusal(storage.ready().await.unwrap_err()), Refusal::Follower));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_spoken_to_by_tls_if_its_certificate_is_right_and_not_at_all_otherwise() {
    let papers = Papers::new();
    let files = [("cert", "node.pem"), ("key", "node.key")]
        .map(|(file, name)| format!("ssl_{file}_file={}", papers.path(name)));
    let server = Server::start("postgres", &["ssl=on", &files[0], &files[1]]);
    // Its connections are to be seen below.
    let _storage = only_right_certificates((&server.facts.url, &url(), &papers), |url, papers| {
        let url = format!("{url}?sslmode=verify-full&sslrootcert={}", papers.path("authority.pem"));
        PgStorage::open(&url, options("")).unwrap()
    })
    .await;
    let mut raw = server.facts.url.parse::<PgConnectOptions>().unwrap().connect().await.unwrap();
    let encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE query LIKE '%twinlock_record%' AND pid <> pg_backend_pid()";
    assert!(sqlx::query_scalar::<_, bool>(encrypted).fetch_one(&mut raw).await.unwrap());
}

#[tokio::test]
async fn nothing_shows_the_password() {
    let storage = PgStorage::open("postgres://twinlock:hidden@localhost/acme", Options::default()).unwrap();
    assert!(!format!("{storage:?}").contains("hidden"), "{storage:?}");
    let refused = PgStorage::open("postgres://twinlock:hidden@localhost:x/acme", Options::default()).unwrap_err();
    assert!(matches!(refused, OpenError::Address(_)) && !format!("{refused:?}").contains("hidden"), "{refused:?}");
    let nobody = PgStorage::open(&url().replace('@', "wrong@"), Options::default()).unwrap();
    let refused = nobody.load("ada").await.unwrap_err();
    assert!(matches!(refused, StorageError::Failed(_)) && !format!("{refused:?}").contains("wrong@"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rust_and_python_refuse_what_the_other_burned() {
    let url = url().replacen("postgresql:", "postgresql+psycopg:", 1);
    shared_with(Language::Python, ["sqlalchemy", &url], open("").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rust_and_node_refuse_what_the_other_burned() {
    let url = url();
    shared_with(Language::Node, ["pg", &url], open("").await).await;
}
