//! An axum application with a second step at sign-in, as a process of its own.
//!
//! Its first line on standard input is an [`Order`]; it makes those users and answers [`Ready`]. Each further line is a number of
//! seconds by which its clock moves on. At the end of standard input it ends.

use std::io::{BufRead, Write, stdin, stdout};
use std::path::PathBuf;

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use twinlock::testing::VirtualClock;
use twinlock::{AsyncReports, AsyncStorage, AsyncTwoFactor, Engine, KeyRing, Policy};
use twinlock_axum::{Answer, Blocking, Hooked, Hooks, Login, ProofMode, TwoFactorRoutes, User, Verified};
use twinlock_sqlite::SqliteStorage;
use twinlock_sqlx::{Options, PgStorage};

use crate::records::{Person, made};
use crate::{Failure, fill};

/// Connections of the storage for PostgreSQL: what an application gives it that serves 64 clients at once on two cores.
const CONNECTIONS: usize = 8;
/// Unix seconds at the start.
pub(crate) const START: u64 = 1_700_000_000;

/// Where the records lie.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Database {
    /// A file that is not there yet.
    Sqlite(PathBuf),
    /// An empty database.
    Postgres(String),
}

/// What is to be served.
#[derive(Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) database: Database,
    /// Users with a second factor.
    pub(crate) users: usize,
    /// How many of them will sign in; spread evenly over all.
    pub(crate) people: usize,
}

/// The server answers.
#[derive(Serialize, Deserialize)]
pub(crate) struct Ready {
    pub(crate) port: u16,
    pub(crate) people: Vec<Person>,
}

struct Accounts;

impl Hooks for Accounts {
    async fn user(&self, _: &Parts) -> Hooked<Option<User>> {
        Ok(None)
    }

    async fn on_verified(&self, _: &Parts, verified: &Verified) -> Hooked<Answer> {
        Ok([("signed_in", verified.user_id.clone())].into())
    }
}

#[tokio::main]
pub(crate) async fn main() -> Result<(), Failure> {
    let mut line = String::new();
    stdin().read_line(&mut line)?;
    let Order { database, users, people } = serde_json::from_str(&line)?;
    let (keys, clock) = (KeyRing::generate("bench")?, VirtualClock::new(START.cast_signed()));
    let engine = || Engine::new("Acme", &keys, Policy::default(), "");
    let batches = made(engine()?, clock.clone(), users, people);
    match database {
        Database::Sqlite(path) => {
            let storage = SqliteStorage::open(&path, twinlock_sqlite::Options::default())?;
            let people = fill::sqlite(&path, &batches)?;
            serve(AsyncTwoFactor::new(engine()?, Blocking::new(storage)), clock, people).await
        }
        Database::Postgres(url) => {
            let storage = PgStorage::open(&url, Options { connections: CONNECTIONS, ..Options::default() })?;
            storage.create_tables().await?;
            let people = fill::postgres(&url, &batches).await?;
            serve(AsyncTwoFactor::new(engine()?, storage), clock, people).await
        }
    }
}

async fn serve<S: AsyncStorage + AsyncReports + 'static>(
    two_factor: AsyncTwoFactor<S>,
    clock: VirtualClock,
    people: Vec<Person>,
) -> Result<(), Failure> {
    let two_factor = two_factor.with_clock(clock.clone());
    let routes = TwoFactorRoutes::builder(two_factor, Accounts, ProofMode::Bearer).build()?;
    let app = Router::new().nest("/2fa", routes.router()).route("/login", post(login)).with_state(routes);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    say(&Ready { port: listener.local_addr()?.port(), people })?;
    std::thread::spawn(move || obey(&clock));
    axum::serve(listener, app).await?;
    Ok(())
}

#[derive(Deserialize)]
struct Name {
    user: String,
}

/// The password is not what is measured here.
async fn login(State(routes): State<TwoFactorRoutes>, request: Parts, Json(name): Json<Name>) -> Response {
    let user = User::new(name.user.clone(), name.user);
    routes.login(&request, Some(user), &Login::default()).await
}

fn say(told: &impl Serialize) -> Result<(), Failure> {
    let mut out = stdout().lock();
    writeln!(out, "{}", serde_json::to_string(told)?)?;
    Ok(out.flush()?)
}

/// Ends the process with its standard input, or at a line that is no number.
fn obey(clock: &VirtualClock) {
    for line in stdin().lock().lines() {
        let Some(seconds) = line.ok().and_then(|line| line.trim().parse().ok()) else { break };
        clock.advance(seconds);
        if say(&clock.seconds()).is_err() {
            break;
        }
    }
    std::process::exit(0)
}
