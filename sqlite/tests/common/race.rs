//! One code, many who present it at the same moment.
//!
//! A round goes over a pipe to every contestant as one line, which names the moment to start; each answers with one line.

use std::io::{BufRead, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use twinlock::testing::{FakePhone, VirtualClock, enroll};
use twinlock::{Engine, KeyRing, Policy, TwoFactor, VerifyOptions};
use twinlock_sqlite::{Options, SqliteStorage};

pub(crate) type Driver = TwoFactor<SqliteStorage, VirtualClock>;

pub(crate) const USER: &str = "ada";

/// Long enough to reach every contestant.
const NOTICE: Duration = Duration::from_millis(3);

pub(crate) fn driver(file: &Path, keys: &str, options: Options, clock: &VirtualClock) -> Driver {
    let storage = SqliteStorage::open(file, options).unwrap();
    let engine = Engine::new("Acme", &KeyRing::parse(keys).unwrap(), Policy::default(), "").unwrap();
    TwoFactor::new(engine, storage).with_clock(clock.clone())
}

pub(crate) fn fresh_keys() -> String {
    KeyRing::generate("2026a").unwrap().to_text().to_string()
}

/// The one who starts the rounds and counts who got in.
pub(crate) struct Referee {
    pub(crate) driver: Driver,
    phone: FakePhone,
    clock: VirtualClock,
}

/// One round: everybody presents this code at that moment.
#[derive(Clone)]
pub(crate) struct Round {
    now: u64,
    code: String,
    /// One for each contestant; the same one for all in every other round.
    challenges: Vec<String>,
}

impl Referee {
    pub(crate) fn new(file: &Path, keys: &str, options: Options) -> Self {
        let clock = VirtualClock::default();
        let driver = driver(file, keys, options, &clock);
        let (phone, _) = enroll(&driver, USER, &clock).unwrap();
        Self { driver, phone, clock }
    }

    pub(crate) fn round(&self, number: usize, contestants: usize) -> Round {
        self.clock.advance(30);
        // The losers spend the budget; what is raced for here is the code.
        self.driver.unlock(USER, "referee", None).unwrap();
        let challenge = || self.driver.after_first_factor(USER, Default::default()).unwrap().challenge.unwrap();
        let challenges = if number.is_multiple_of(2) {
            vec![challenge(); contestants]
        } else {
            (0..contestants).map(|_| challenge()).collect()
        };
        Round { now: self.clock.seconds(), code: self.phone.code().to_string(), challenges }
    }
}

impl Round {
    /// The lines for the contestants, in their order.
    pub(crate) fn lines(&self) -> Vec<String> {
        let start = (SystemTime::now() + NOTICE).duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos();
        let line = |challenge| format!("{start} {} {} {challenge}\n", self.now, self.code);
        self.challenges.iter().map(line).collect()
    }
}

/// Presents the code of the line at its moment; tells what came of it.
pub(crate) fn contest(driver: &Driver, clock: &VirtualClock, line: &str) -> String {
    let mut parts = line.split_whitespace();
    let mut next = || parts.next().unwrap();
    let start = SystemTime::UNIX_EPOCH + Duration::from_nanos(next().parse().unwrap());
    clock.set(next().parse().unwrap());
    let (code, challenge) = (next(), next());
    while SystemTime::now() < start {
        std::hint::spin_loop();
    }
    match driver.verify(challenge, code, VerifyOptions::default()) {
        Ok(verification) if verification.user_id == USER => "in".to_owned(),
        Ok(_) => "wrong user".to_owned(),
        Err(error) => error.code().as_str().to_owned(),
    }
}

/// Answers line by line until the end.
pub(crate) fn contest_all(driver: &Driver, clock: &VirtualClock, lines: impl BufRead, mut answers: impl Write) {
    for line in lines.lines() {
        let line = line.unwrap();
        if line == "end" {
            break;
        }
        let answer = contest(driver, clock, &line);
        writeln!(answers, "@{answer}").unwrap();
        answers.flush().unwrap();
    }
}
