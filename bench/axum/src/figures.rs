//! What is measured, and in which order.

use std::io::stdin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::Failure;
use crate::client::Client;
use crate::records::Person;
use crate::server::{Database, Order};
use crate::serving::Server;

const CONNECTIONS: [usize; 3] = [1, 8, 64];
/// Users of the small database. In both so many sign in, each once while the two are compared: a record grows with its sign-ins.
const FEW: usize = 1_000;
/// Logins of each before they count: compiled statements, connections, memory.
const WARM_UP: usize = 200;

/// What is to be measured.
#[derive(Deserialize)]
struct Plan {
    few: Database,
    many: Database,
    /// Users of the large database.
    users: usize,
    /// How often the thousand sign in, for each number of connections.
    passes: usize,
}

/// Times in milliseconds.
#[derive(Serialize)]
struct Figures {
    rounds: Vec<Rate>,
    compared: Compared,
}

#[derive(Serialize)]
struct Rate {
    connections: usize,
    per_second: f64,
    p50: f64,
    p99: f64,
}

#[derive(Serialize)]
struct Compared {
    few: f64,
    many: f64,
    users: usize,
    /// Seconds for making them, the database's included.
    making: f64,
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Failure> {
    let plan: Plan = serde_json::from_reader(stdin().lock())?;
    let mut few = Server::start(&Order { database: plan.few, users: FEW, people: FEW })?;
    let compared = compared(&few, plan.many, plan.users).await?;
    let mut rounds = Vec::new();
    for connections in CONNECTIONS {
        rounds.push(rate(&mut few, connections, plan.passes).await?);
    }
    println!("{}", serde_json::to_string(&Figures { rounds, compared })?);
    Ok(())
}

/// One connection each, login by login in turns: a machine that slows down for a while slows down both.
async fn compared(few: &Server, database: Database, users: usize) -> Result<Compared, Failure> {
    let begun = Instant::now();
    let many = Server::start(&Order { database, users, people: FEW })?;
    let making = begun.elapsed().as_secs_f64();
    let (mut of_few, mut of_many) = (few.client().await?, many.client().await?);
    let (mut small, mut large) = (Vec::new(), Vec::new());
    for (one, other) in few.people.iter().zip(&many.people) {
        small.push(of_few.login(one, few.now).await?);
        large.push(of_many.login(other, many.now).await?);
    }
    let median = |times: &[Duration]| times.get(WARM_UP..).map_or(0.0, |times| share(times, 0.5));
    Ok(Compared { few: median(&small), many: median(&large), users, making })
}

/// Everybody signs in, `passes` times, over so many connections at once.
async fn rate(server: &mut Server, connections: usize, passes: usize) -> Result<Rate, Failure> {
    let (mut times, mut seconds) = (Vec::new(), 0.0);
    for _ in 0..passes {
        server.later()?;
        let waiting = Arc::new(Mutex::new(server.people.clone()));
        let mut clients = Vec::new();
        for _ in 0..connections {
            clients.push(server.client().await?);
        }
        let (mut all, now, begun) = (JoinSet::new(), server.now, Instant::now());
        for client in clients {
            all.spawn(until_nobody_waits(client, waiting.clone(), now));
        }
        while let Some(done) = all.join_next().await {
            times.extend(done??);
        }
        seconds += begun.elapsed().as_secs_f64();
    }
    let per_second = times.len() as f64 / seconds;
    Ok(Rate { connections, per_second, p50: share(&times, 0.5), p99: share(&times, 0.99) })
}

async fn until_nobody_waits(
    mut client: Client,
    waiting: Arc<Mutex<Vec<Person>>>,
    now: u64,
) -> Result<Vec<Duration>, Failure> {
    let mut times = Vec::new();
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Some(person) = next else { return Ok(times) };
        times.push(client.login(&person, now).await?);
    }
}

/// The time in milliseconds within which that share of them was over; 0 for none at all.
fn share(times: &[Duration], share: f64) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort();
    let index = (sorted.len() as f64 * share) as usize;
    sorted.get(index).map_or(0.0, |time| time.as_secs_f64() * 1e3)
}
