//! Processes that sign in at once, and the record of what each attempt was told.
//!
//! An attempt goes to a process as one line; it answers with one line. Its context, which names it, comes back in the event log.

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;
use std::sync::{Arc, Mutex};

use twinlock::testing::VirtualClock;
use twinlock::{AsyncStorage, AsyncTwoFactor, Engine, KeyRing, Policy, VerifyOptions};
use twinlock_etcd::EtcdStorage;
use twinlock_storage_testing::{TestProcess, say};

use super::{IMPATIENT, PLACE, Place};

pub(crate) const PREFIX: &str = "crowd";
const KEYS: &str = "TWINLOCK_CROWD_KEYS";

pub(crate) type Driver<S = EtcdStorage> = AsyncTwoFactor<S, VirtualClock>;

pub(crate) fn driver<S>(storage: S, keys: &str, clock: &VirtualClock) -> Driver<S> {
    let engine = Engine::new("Acme", &KeyRing::parse(keys).unwrap(), Policy::default(), "").unwrap();
    AsyncTwoFactor::new(engine, storage).with_clock(clock.clone())
}

/// One code that somebody presents.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) context: String,
    pub(crate) user: String,
    pub(crate) right: bool,
    pub(crate) now: u64,
    pub(crate) code: String,
    pub(crate) challenge: String,
}

impl Attempt {
    fn line(&self) -> String {
        format!("{} {} {} {} {}\n", self.context, self.user, self.now, self.code, self.challenge)
    }
}

/// What the attempts were told: `in`, or the code of the refusal.
pub(crate) type Told = BTreeMap<String, (Attempt, String)>;

/// Several processes of this test program, each with a storage of its own.
pub(crate) struct Crowd {
    members: Vec<TestProcess>,
}

impl Crowd {
    pub(crate) fn start(count: usize, keys: &str, place: &Place) -> Self {
        let environment = [(KEYS, keys.to_owned()), (PLACE, place.text())];
        let mut members: Vec<_> = (0..count).map(|_| TestProcess::start("member_of_the_crowd", &environment)).collect();
        members.iter_mut().for_each(|member| assert_eq!(member.answer(), "ready"));
        Self { members }
    }

    /// All at once, dealt out to the processes; comes back when each was told something.
    pub(crate) fn present(&mut self, attempts: Vec<Attempt>, told: &mut Told) {
        let mut waiting = vec![0; self.members.len()];
        for (number, attempt) in attempts.iter().enumerate() {
            let member = number % self.members.len();
            self.members[member].tell(&attempt.line());
            waiting[member] += 1;
        }
        let mut by_context: HashMap<_, _> =
            attempts.into_iter().map(|attempt| (attempt.context.clone(), attempt)).collect();
        for (member, count) in self.members.iter_mut().zip(waiting) {
            for _ in 0..count {
                let answer = member.answer();
                let (context, said) = answer.split_once(' ').unwrap();
                let attempt = by_context.remove(context).expect("told once");
                told.insert(context.to_owned(), (attempt, said.to_owned()));
            }
        }
    }
}

/// The other half: presents line by line, each at once, until there are no more.
pub(crate) async fn join() {
    let Ok(keys) = std::env::var(KEYS) else { return };
    let storage = Place::parse(&std::env::var(PLACE).unwrap()).open(PREFIX, IMPATIENT).await;
    let seen = Arc::new(Mutex::new(HashMap::new()));
    say("ready");
    let (lines, mut more) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || std::io::stdin().lock().lines().try_for_each(|line| lines.send(line.unwrap())));
    while let Some(line) = more.recv().await {
        let (storage, keys, seen) = (storage.clone(), keys.clone(), Arc::clone(&seen));
        tokio::spawn(async move {
            let answer = present(storage, &keys, &line, &seen).await;
            say(answer);
        });
    }
}

async fn present(storage: EtcdStorage, keys: &str, line: &str, seen: &Mutex<HashMap<String, u64>>) -> String {
    let parts: Vec<_> = line.split(' ').collect();
    let [context, user, now, code, challenge] = parts[..] else { panic!("{line}") };
    let clock = VirtualClock::new(now.parse().unwrap());
    let driver = driver(storage.clone(), keys, &clock);
    let options = VerifyOptions { context: Some(context), ..VerifyOptions::default() };
    let said = match driver.verify(challenge, code, options).await {
        Ok(verification) if verification.user_id == user => "in".to_owned(),
        Ok(_) => "wrong user".to_owned(),
        Err(error) => error.code().as_str().to_owned(),
    };
    // What this process has once read, it must never read older again.
    let before = seen.lock().unwrap().get(user).copied().unwrap_or(0);
    if let Ok(found) = storage.load(user).await {
        let version = found.expect("nobody erases").version;
        if version < before {
            return format!("{context} went back from version {before} to {version}");
        }
        let mut seen = seen.lock().unwrap();
        let newest = seen.entry(user.to_owned()).or_insert(0);
        *newest = version.max(*newest);
    }
    format!("{context} {said}")
}
