//! Nodes that are killed or stand still while people sign in: nobody gets in twice with one code, no failure that was told is lost,
//! and nobody gets in on doubt.

mod common;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use common::crowd::{self, Attempt, Crowd, Driver, Told, driver};
use common::{IMPATIENT, PATIENT, Place};
use tokio::sync::Notify;
use twinlock::testing::{FakePhone, VirtualClock};
use twinlock::{
    AsyncReports, AsyncStorage, Code, Event, EventKind, FirstFactorOptions, KeyRing, StorageError, StoredRecord,
};
use twinlock_etcd::EtcdStorage;
use twinlock_storage_testing::{Server, killed, paused, record};

const ROUNDS: usize = 20;
const USERS: [&str; 3] = ["ada", "ada/1", "grace"];
const STEPS: u64 = 3;
const PROCESSES: usize = 4;

/// For a request to reach the node and wait there.
const UNDER_WAY: Duration = Duration::from_millis(100);

/// How much later than its time-out a call may come back on a busy machine.
const GRACE: Duration = Duration::from_secs(2);

fn fresh_keys() -> String {
    KeyRing::generate("2026a").unwrap().to_text().to_string()
}

async fn enroll(driver: &Driver, user: &str, clock: &VirtualClock) -> FakePhone {
    let enrollment = driver.begin_enrollment(user, "ada@example.com", Default::default()).await.unwrap();
    let phone = FakePhone::scan(&enrollment.uri, clock).unwrap();
    driver.confirm_enrollment(user, &enrollment.setup, &phone.code(), Default::default()).await.unwrap();
    phone
}

async fn challenge(driver: &Driver, user: &str) -> String {
    let fresh = FirstFactorOptions { fresh: true, ..FirstFactorOptions::default() };
    driver.after_first_factor(user, fresh).await.unwrap().challenge.unwrap()
}

/// SplitMix64: enough to draw lots, and a seed plays them again.
struct Lots(u64);

impl Lots {
    fn new() -> Self {
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
        let seed = std::env::var("TWINLOCK_SEED").map_or_else(|_| now(), |seed| seed.parse().unwrap());
        println!("TWINLOCK_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }
}

#[tokio::test]
#[ignore = "a process of the crowd"]
async fn member_of_the_crowd() {
    crowd::join().await;
}

/// The one who prepares the rounds, while all nodes run, and reads the log afterwards.
struct Referee {
    driver: Driver,
    clock: VirtualClock,
    phones: HashMap<&'static str, FakePhone>,
}

impl Referee {
    async fn new(place: &Place, keys: &str) -> Self {
        let clock = VirtualClock::default();
        let driver = driver(place.open(crowd::PREFIX, PATIENT).await, keys, &clock);
        let mut phones = HashMap::new();
        for user in USERS {
            phones.insert(user, enroll(&driver, user, &clock).await);
        }
        Self { driver, clock, phones }
    }

    /// For every step of the phones and every user: the right code thrice, in every other round on one challenge, and a wrong one.
    async fn attempts(&self, round: usize) -> Vec<Vec<Attempt>> {
        self.clock.advance(600);
        let start = self.clock.seconds();
        let mut steps = Vec::new();
        for step in 0..STEPS {
            let mut attempts = Vec::new();
            for user in USERS {
                let (right, wrong) = self.codes(user, step);
                let shared = challenge(&self.driver, user).await;
                for (number, code) in [&right, &right, &right, &wrong].into_iter().enumerate() {
                    let own = number == 3 || round.is_multiple_of(2);
                    attempts.push(Attempt {
                        context: format!("{round}-{step}-{user}-{number}"),
                        user: user.to_owned(),
                        right: number < 3,
                        now: start + step * 30,
                        code: code.clone(),
                        challenge: if own { challenge(&self.driver, user).await } else { shared.clone() },
                    });
                }
            }
            steps.push(attempts);
        }
        steps
    }

    fn codes(&self, user: &str, step: u64) -> (String, String) {
        let near = |offset: i64| self.phones[user].code_after(step as i64 + offset).to_string();
        let taken: Vec<_> = (-3..=3).map(near).collect();
        let wrong = (0..).map(|number| format!("{number:06}")).find(|code| !taken.contains(code));
        (taken[3].clone(), wrong.unwrap())
    }

    /// The newest version, and the whole log, the oldest event first.
    async fn read(&self, user: &str) -> (u64, Vec<Event>) {
        let version = self.driver.storage().load(user).await.unwrap().unwrap().version;
        let mut log = self.driver.storage().events(user, None, usize::MAX).await.unwrap();
        log.reverse();
        (version, log)
    }

    /// Holds the log of every user against all that was told so far.
    async fn judge(&self, told: &Told, first: &HashMap<&str, u64>) {
        for user in USERS {
            let (version, log) = self.read(user).await;
            let counted = [EventKind::Enrolled, EventKind::Verified, EventKind::Failed, EventKind::Unlocked];
            let commits = log.iter().filter(|event| counted.iter().any(|kind| event.kind == kind.as_str())).count();
            assert_eq!(
                version - first[user] + 1,
                commits as u64,
                "{user}: a commit for every version, and none is lost"
            );
            each_code_once(user, &log);
            for (attempt, said) in told.values().filter(|(attempt, _)| attempt.user == user) {
                told_is_logged(attempt, said, &log);
            }
        }
    }
}

fn each_code_once(user: &str, log: &[Event]) {
    let mut accepted = HashMap::new();
    for event in log.iter().filter(|event| event.kind == EventKind::Verified.as_str()) {
        *accepted.entry(event.at).or_insert(0) += 1;
    }
    assert!(accepted.values().all(|times| *times == 1), "{user}: a code was accepted twice: {accepted:?}");
}

/// What was told is in the log; what nobody was told may be; anything else is not.
fn told_is_logged(attempt: &Attempt, said: &str, log: &[Event]) {
    let of_it = log.iter().filter(|event| event.context.as_deref() == Some(&attempt.context));
    let of_it: Vec<_> = of_it.map(|event| &*event.kind).filter(|kind| ["verified", "failed"].contains(kind)).collect();
    let due = if attempt.right { EventKind::Verified } else { EventKind::Failed }.as_str();
    let fair = match (said, attempt.right) {
        ("in", true) | ("invalid_code", false) => of_it == [due],
        // The others of one right code: it was used when they came.
        ("invalid_code" | "challenge_expired", true) => of_it.is_empty(),
        ("storage_error" | "storage_timeout", _) => of_it.is_empty() || of_it == [due],
        _ => false,
    };
    assert!(fair, "{attempt:?} was told {said}, and the log has {of_it:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_times_a_node_is_killed_among_sign_ins_and_no_code_passes_twice_and_no_failure_is_lost() {
    let (mut lots, keys) = (Lots::new(), fresh_keys());
    let mut server = Server::start("etcd-cluster", &[]);
    let place = Place::of(&server);
    let referee = Referee::new(&place, &keys).await;
    let mut crowd = Crowd::start(PROCESSES, &keys, &place);
    let (mut told, mut first, mut leaders) = (Told::new(), HashMap::new(), 0);
    for user in USERS {
        first.insert(user, referee.read(user).await.0);
    }
    for round in 0..ROUNDS {
        for user in USERS {
            referee.driver.unlock(user, "referee", None).await.unwrap();
        }
        let steps = referee.attempts(round).await;
        let (victim, moment) = (lots.below(3), Duration::from_micros(lots.below(60_000)));
        leaders += usize::from(tokio::task::block_in_place(|| place.leader()) == victim as usize);
        let killer = std::thread::spawn(move || {
            std::thread::sleep(moment);
            server.command(&format!("kill {victim}"));
            server
        });
        for attempts in steps {
            tokio::task::block_in_place(|| crowd.present(attempts, &mut told));
        }
        server = killer.join().unwrap();
        tokio::task::block_in_place(|| server.command(&format!("start {victim}")));
        referee.judge(&told, &first).await;
    }
    let times = |words: &[&str]| told.values().filter(|(_, said)| words.contains(&said.as_str())).count();
    let (accepted, refused, untold) =
        (times(&["in"]), times(&["invalid_code", "challenge_expired"]), times(&["storage_error", "storage_timeout"]));
    println!("{accepted} accepted, {refused} refused, {untold} untold; {leaders} of {ROUNDS} nodes led");
    assert!(accepted > ROUNDS * 3 && refused > ROUNDS * 9, "most attempts are told what became of them");
}

/// Holds every save back until it is told to go on.
#[derive(Clone)]
struct Gate {
    storage: EtcdStorage,
    reached: Arc<Notify>,
    open: Arc<Notify>,
}

impl AsyncStorage for Gate {
    async fn load(&self, user: &str) -> Result<Option<StoredRecord>, StorageError> {
        self.storage.load(user).await
    }

    async fn save(
        &self,
        user: &str,
        expected: Option<u64>,
        record: &StoredRecord,
        events: &[Event],
    ) -> Result<bool, StorageError> {
        self.reached.notify_one();
        self.open.notified().await;
        self.storage.save(user, expected, record, events).await
    }

    async fn erase(&self, user: &str) -> Result<(), StorageError> {
        self.storage.erase(user).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_killed_with_a_save_under_way_lets_nobody_in_and_leaves_record_and_log_of_one_mind() {
    let keys = fresh_keys();
    let mut server = Server::start("etcd-cluster", &[]);
    let (place, clock) = (Place::of(&server), VirtualClock::default());
    let patient = driver(place.open("leader", PATIENT).await, &keys, &clock);
    let phone = enroll(&patient, "ada", &clock).await;
    // Followers that only stood still have the save in their buffers and may yet agree to it; those that died know nothing of it.
    for (still, back) in [("pause", "resume"), ("kill", "start"), ("pause", "resume"), ("kill", "start")] {
        clock.advance(30);
        let leader = tokio::task::block_in_place(|| place.leader());
        let followers: Vec<_> = (0..3).filter(|node| *node != leader).collect();
        let storage = EtcdStorage::connect([&place.endpoints()[leader]], place.options("leader")).await.unwrap();
        let gate = Gate { storage, reached: Arc::default(), open: Arc::default() };
        let alone = driver(gate.clone(), &keys, &clock);
        let (due, code) = (challenge(&patient, "ada").await, phone.code());
        let (before, log) = (patient.storage().load("ada").await.unwrap().unwrap(), log_of(&patient).await);

        let verify = tokio::spawn(async move { alone.verify(&due, &code, Default::default()).await });
        gate.reached.notified().await;
        // The leader gets the save, and finds nobody to agree to it.
        tokio::task::block_in_place(|| followers.iter().for_each(|node| server.command(&format!("{still} {node}"))));
        gate.open.notify_one();
        tokio::time::sleep(UNDER_WAY).await;
        assert!(!verify.is_finished(), "nobody is told anything yet");
        tokio::task::block_in_place(|| {
            server.command(&format!("kill {leader}"));
            followers.iter().for_each(|node| server.command(&format!("{back} {node}")));
        });
        let told = verify.await.unwrap().unwrap_err();
        assert!([Code::StorageError, Code::StorageTimeout].contains(&told.code()), "{told:?}");
        tokio::task::block_in_place(|| server.command(&format!("start {leader}")));

        let after = patient.storage().load("ada").await.unwrap().unwrap();
        let accepted = log_of(&patient).await - log;
        assert_eq!(after.version - before.version, accepted as u64, "record and log are of one commit");
        // Decided on what is there: used if it was written, and good if it was not.
        let again = challenge(&patient, "ada").await;
        let second = patient.verify(&again, &phone.code(), Default::default()).await;
        assert_eq!(second.is_ok(), accepted == 0, "{second:?}");
        assert_eq!(log_of(&patient).await - log, 1, "in the end this code was accepted once");
        println!("{still}: the save under way was {}", if accepted == 1 { "carried out" } else { "lost" });
    }
}

async fn log_of(driver: &Driver) -> usize {
    let log = driver.storage().events("ada", None, usize::MAX).await.unwrap();
    log.iter().filter(|event| event.kind == EventKind::Verified.as_str()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn with_two_of_three_nodes_down_nobody_is_let_in_and_all_are_told_in_time() {
    let keys = fresh_keys();
    // As long as is usual: so long the node that is left believes that it is still led, or leads.
    let mut server = Server::start("etcd-cluster", &["election-timeout=1000", "heartbeat-interval=100"]);
    let (place, clock) = (Place::of(&server), VirtualClock::default());
    let driver = driver(place.open("minority", IMPATIENT).await, &keys, &clock);
    let phone = enroll(&driver, "ada", &clock).await;
    clock.advance(30);
    let due = challenge(&driver, "ada").await;
    let assurance = driver.verify(&due, &phone.code(), Default::default()).await.unwrap().assurance;
    let due = challenge(&driver, "ada").await;
    clock.advance(30);
    for (left, others) in [(0, ["1", "2"]), (1, ["0", "2"]), (2, ["0", "1"])] {
        others.iter().for_each(|node| tokio::task::block_in_place(|| server.command(&format!("kill {node}"))));
        let refused = |error: twinlock::Error| {
            assert!([Code::StorageError, Code::StorageTimeout].contains(&error.code()), "node {left}: {error:?}");
        };
        let start = Instant::now();
        // The record is on the node that is left; whether it is the newest, that node cannot know.
        refused(driver.check_assurance("ada", &assurance, Some(300)).await.unwrap_err());
        refused(driver.after_first_factor("ada", Default::default()).await.unwrap_err());
        refused(driver.verify(&due, &phone.code(), Default::default()).await.unwrap_err());
        assert!(start.elapsed() < (IMPATIENT + GRACE) * 3, "{:?}", start.elapsed());
        tokio::task::block_in_place(|| server.command("start"));
        assert!(driver.check_assurance("ada", &assurance, Some(300)).await.is_ok(), "and then it goes on");
    }
    let due = challenge(&driver, "ada").await;
    assert_eq!(driver.verify(&due, &phone.code(), Default::default()).await.unwrap().user_id, "ada");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stands_still_is_passed_over_in_time() {
    let mut server = Server::start("etcd-cluster", &[]);
    let storage = Place::of(&server).open("still", PATIENT / 4).await;
    assert!(storage.save("ada", None, &record(1), &[]).await.unwrap());
    for (node, version) in (0..3).zip(1..) {
        tokio::task::block_in_place(|| server.command(&format!("pause {node}")));
        let found = storage.load("ada").await.unwrap().unwrap();
        let next = record(version + 1);
        assert!(storage.save("ada", Some(found.version), &next, &[]).await.unwrap(), "node {node}");
        tokio::task::block_in_place(|| server.command(&format!("resume {node}")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_all_nodes_were_killed_the_same_storage_signs_in_again_and_goes_on() {
    let mut server = Server::start("etcd-cluster", &[]);
    let storage = Place::of(&server).open("killed", IMPATIENT).await;
    killed(&mut server, &storage, IMPATIENT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_all_nodes_stand_still_every_call_is_refused_in_time() {
    let mut server = Server::start("etcd-cluster", &[]);
    let storage = Place::of(&server).open("paused", IMPATIENT).await;
    paused(&mut server, &storage, IMPATIENT).await;
}
