//! One code presented by many at the same moment: exactly one gets in, and the event log says so.
//!
//! A round goes to every contestant as one line, which names the moment to start; each answers with one line.

use std::io::BufRead;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use twinlock::testing::{FakePhone, VirtualClock};
use twinlock::{AsyncReports, AsyncStorage, AsyncTwoFactor, Code, Engine, EventKind, KeyRing, Policy};

use crate::{TestProcess, say};

type Driver<S> = AsyncTwoFactor<S, VirtualClock>;

const USER: &str = "ada";
const KEYS: &str = "TWINLOCK_RACE_KEYS";

/// Long enough to reach every contestant.
const NOTICE: Duration = Duration::from_millis(4);

fn driver<S>(storage: S, keys: &str, clock: &VirtualClock) -> Driver<S> {
    let engine = Engine::new("Acme", &KeyRing::parse(keys).unwrap(), Policy::default(), "").unwrap();
    AsyncTwoFactor::new(engine, storage).with_clock(clock.clone())
}

fn fresh_keys() -> String {
    KeyRing::generate("2026a").unwrap().to_text().to_string()
}

/// The one who starts the rounds and counts who got in.
struct Referee<S> {
    driver: Driver<S>,
    phone: FakePhone,
    clock: VirtualClock,
}

impl<S: AsyncStorage + AsyncReports> Referee<S> {
    async fn new(storage: S, keys: &str) -> Self {
        let clock = VirtualClock::default();
        let driver = driver(storage, keys, &clock);
        let enrollment = driver.begin_enrollment(USER, "ada@example.com", Default::default()).await.unwrap();
        let phone = FakePhone::scan(&enrollment.uri, &clock).unwrap();
        driver.confirm_enrollment(USER, &enrollment.setup, &phone.code(), Default::default()).await.unwrap();
        Self { driver, phone, clock }
    }

    /// A line for each contestant; one challenge for all in every other round.
    async fn round(&self, number: usize, contestants: usize) -> Vec<String> {
        self.clock.advance(30);
        // The losers spend the budget; what is raced for here is the code.
        self.driver.unlock(USER, "referee", None).await.unwrap();
        let mut challenges = vec![self.challenge().await; contestants];
        if !number.is_multiple_of(2) {
            for challenge in &mut challenges {
                *challenge = self.challenge().await;
            }
        }
        let start = (SystemTime::now() + NOTICE).duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let (now, code) = (self.clock.seconds(), self.phone.code());
        challenges.iter().map(|challenge| format!("{start} {now} {} {challenge}\n", *code)).collect()
    }

    async fn challenge(&self) -> String {
        self.driver.after_first_factor(USER, Default::default()).await.unwrap().challenge.unwrap()
    }

    /// Exactly one got in, the log has one success of this moment, and all others were refused for a reason that is theirs.
    async fn judge(&self, number: usize, answers: &[String]) {
        assert_one_winner(number, answers);
        let events = self.driver.storage().events(USER, None, 60).await.unwrap();
        let accepted =
            |event: &&twinlock::Event| event.at == self.clock.seconds() && event.kind == EventKind::Verified.as_str();
        assert_eq!(events.iter().filter(accepted).count(), 1, "round {number}: {events:?}");
    }
}

/// Exactly one got in; all others were refused for a reason that is theirs.
///
/// # Panics
/// When that is not so.
pub fn assert_one_winner(number: usize, answers: &[String]) {
    let got_in = answers.iter().filter(|answer| *answer == "in").count();
    assert_eq!(got_in, 1, "round {number}: {answers:?}");
    let fair = [Code::InvalidCode, Code::ChallengeExpired, Code::Throttled, Code::MoreCodesRequired, Code::Contention];
    for answer in answers.iter().filter(|answer| *answer != "in") {
        assert!(fair.iter().any(|code| code.as_str() == answer), "round {number}: {answers:?}");
    }
}

/// Presents the code of the line at its moment; tells what came of it.
async fn contest<S: AsyncStorage>(driver: &Driver<S>, clock: &VirtualClock, line: &str) -> String {
    let mut parts = line.split_whitespace();
    let mut next = || parts.next().unwrap();
    let start = UNIX_EPOCH + Duration::from_nanos(next().parse().unwrap());
    clock.set(next().parse().unwrap());
    let (code, challenge) = (next(), next());
    tokio::time::sleep(start.duration_since(SystemTime::now()).unwrap_or_default()).await;
    match driver.verify(challenge, code, Default::default()).await {
        Ok(verification) if verification.user_id == USER => "in".to_owned(),
        Ok(_) => "wrong user".to_owned(),
        Err(error) => error.code().as_str().to_owned(),
    }
}

/// As many tasks as there are storages, all at once; the storages share their data.
///
/// # Panics
/// When a round has not exactly one winner.
pub async fn race_tasks<S: AsyncStorage + AsyncReports + 'static>(storages: Vec<S>, rounds: usize) {
    let keys = fresh_keys();
    let mut storages = storages.into_iter();
    let referee = Referee::new(storages.next().unwrap(), &keys).await;
    let drivers: Vec<_> = storages.map(|storage| std::sync::Arc::new(driver(storage, &keys, &referee.clock))).collect();
    for number in 0..rounds {
        let lines = referee.round(number, drivers.len()).await;
        let contests: Vec<_> = lines
            .into_iter()
            .zip(drivers.iter().cloned())
            .map(|(line, driver)| {
                let clock = referee.clock.clone();
                tokio::spawn(async move { contest(&driver, &clock, &line).await })
            })
            .collect();
        let mut answers = Vec::new();
        for contest in contests {
            answers.push(contest.await.unwrap());
        }
        referee.judge(number, &answers).await;
    }
}

/// Processes of this test program, each with a storage of its own; `place` are variables that tell them where the data is.
///
/// # Panics
/// When a round has not exactly one winner.
pub async fn race_processes<S: AsyncStorage + AsyncReports>(
    storage: S,
    processes: usize,
    rounds: usize,
    place: &[(&str, String)],
) {
    let keys = fresh_keys();
    let referee = Referee::new(storage, &keys).await;
    let environment = [&[(KEYS, keys)][..], place].concat();
    let mut contestants: Vec<_> = (0..processes).map(|_| TestProcess::start("contestant", &environment)).collect();
    contestants.iter_mut().for_each(|contestant| assert_eq!(contestant.answer(), "ready"));
    for number in 0..rounds {
        let lines = referee.round(number, processes).await;
        contestants.iter_mut().zip(&lines).for_each(|(contestant, line)| contestant.tell(line));
        let answers: Vec<_> = tokio::task::block_in_place(|| contestants.iter_mut().map(TestProcess::answer).collect());
        referee.judge(number, &answers).await;
    }
}

/// Whether this process was started by [`race_processes`].
#[must_use]
pub fn is_contestant() -> bool {
    std::env::var_os(KEYS).is_some()
}

/// The other half of [`race_processes`]: answers line by line until the end.
pub async fn contestant<S: AsyncStorage>(storage: S) {
    let clock = VirtualClock::default();
    let driver = driver(storage, &std::env::var(KEYS).unwrap(), &clock);
    say("ready");
    for line in std::io::stdin().lock().lines() {
        say(contest(&driver, &clock, &line.unwrap()).await);
    }
}
