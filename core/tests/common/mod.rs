//! What the tests of all areas share: an engine on a storage and a clock to order, and a user with a phone.

#![allow(dead_code, reason = "each test crate uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

use std::sync::{Arc, Mutex};

use twinlock::testing::{FakePhone, FaultyStorage, VirtualClock};
use twinlock::{
    BeginOptions, Code, ConfirmOptions, Engine, Enrolled, Event, FirstFactorOptions, ImportOptions, Imported, KeyRing,
    MemoryStorage, NextStep, Policy, PolicySettings, Presenting, Reports, Result, Status, Storage, StoredRecord,
    TwoFactor, Verification, VerifyOptions,
};

pub(crate) const USER: &str = "42";
pub(crate) const START: u64 = 1_700_000_000;
pub(crate) const DAY: i64 = 86_400;
pub(crate) const DECADE: i64 = 3650 * DAY;
/// One unit of the default budget comes back in so many seconds.
pub(crate) const RETURN: i64 = 21 * DAY;
/// 160 bits in base32, as another system may have made them.
pub(crate) const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
pub(crate) const OTHER_SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

pub(crate) type Shared = Arc<FaultyStorage<MemoryStorage>>;

/// A driver with everything around it in hand.
pub(crate) struct Kit {
    pub(crate) two_factor: TwoFactor<Shared, VirtualClock>,
    pub(crate) clock: VirtualClock,
    pub(crate) storage: Shared,
    told: Arc<Mutex<Vec<(Event, bool)>>>,
}

pub(crate) fn keys(text: &str) -> KeyRing {
    let key = |id: &&str| -> (String, [u8; 32]) {
        let mut key = *b"a test key, 32 bytes, not secret";
        key[..id.len()].copy_from_slice(id.as_bytes());
        ((*id).to_owned(), key)
    };
    KeyRing::new(text.split(',').collect::<Vec<_>>().iter().map(key)).unwrap()
}

pub(crate) fn settings(change: impl FnOnce(&mut PolicySettings)) -> Policy {
    let mut settings = PolicySettings::default();
    change(&mut settings);
    Policy::new(settings).unwrap()
}

pub(crate) fn engine(policy: Policy) -> Engine {
    Engine::new("Acme", &keys("k1"), policy, "").unwrap()
}

/// The stable code of a refusal.
pub(crate) fn refusal<T>(outcome: Result<T>) -> Code {
    match outcome {
        Ok(_) => panic!("this should have been refused"),
        Err(error) => error.code(),
    }
}

/// Seconds to wait, when throttled.
pub(crate) fn wait_of<T>(outcome: Result<T>) -> u64 {
    match outcome {
        Err(twinlock::Error::Throttled { retry_after }) => retry_after,
        Err(other) => panic!("expected throttled, not {other:?}"),
        Ok(_) => panic!("this should have been throttled"),
    }
}

/// A code that none of the phones shows near now.
pub(crate) fn wrong(phones: &[&FakePhone]) -> String {
    let digits = phones.first().map_or(6, |phone| phone.code().len());
    let near: Vec<_> = phones.iter().flat_map(|phone| (-40..=40).map(|step| phone.code_after(step))).collect();
    let codes = (0..10_000).map(|number| format!("{number:0digits$}"));
    codes.into_iter().find(|code| near.iter().all(|other| **other != *code)).unwrap()
}

impl Kit {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut PolicySettings)) -> Self {
        Self::of(engine(settings(change)), Arc::new(FaultyStorage::new(MemoryStorage::new())), VirtualClock::default())
    }

    pub(crate) fn of(engine: Engine, storage: Shared, clock: VirtualClock) -> Self {
        let told: Arc<Mutex<Vec<(Event, bool)>>> = Arc::default();
        let sink = told.clone();
        let two_factor = TwoFactor::new(engine, storage.clone())
            .with_clock(clock.clone())
            .with_events(move |event, durable| sink.lock().unwrap().push((event.clone(), durable)));
        Self { two_factor, clock, storage, told }
    }

    /// Another engine on the same storage and clock, as after a deployment.
    pub(crate) fn redeployed(&self, engine: Engine) -> Self {
        Self::of(engine, self.storage.clone(), self.clock.clone())
    }

    /// A user with one phone, a minute later: every code of the window is fresh.
    pub(crate) fn enrolled() -> (Self, FakePhone, Enrolled) {
        let kit = Self::new();
        let (phone, enrolled) = kit.enroll(USER);
        (kit, phone, enrolled)
    }

    pub(crate) fn enroll(&self, user: &str) -> (FakePhone, Enrolled) {
        let (phone, enrolled) = twinlock::testing::enroll(&self.two_factor, user, &self.clock).unwrap();
        self.clock.advance(60);
        self.events();
        (phone, enrolled)
    }

    /// A further authenticator of a user who has one.
    pub(crate) fn add(&self, assurance: &str) -> (FakePhone, Enrolled) {
        let begin = BeginOptions { assurance: Some(assurance), ..Default::default() };
        let enrollment = self.two_factor.begin_enrollment(USER, "ada", begin).unwrap();
        let phone = FakePhone::scan(&enrollment.uri, &self.clock).unwrap();
        let confirmed =
            self.two_factor.confirm_enrollment(USER, &enrollment.setup, &phone.code(), ConfirmOptions::default());
        (phone, confirmed.unwrap())
    }

    pub(crate) fn import(&self, secret: &str) -> Result<String> {
        self.import_with(ImportOptions { imported: Imported::Secret(secret, Default::default()), ..by() })
    }

    pub(crate) fn import_with(&self, options: ImportOptions<'_>) -> Result<String> {
        self.two_factor.import_authenticator(USER, options)
    }

    /// The phone that has a known secret.
    pub(crate) fn phone_of(&self, secret: &str) -> FakePhone {
        FakePhone::scan(&format!("otpauth://totp/ada?secret={secret}"), &self.clock).unwrap()
    }

    pub(crate) fn after_password(&self, device: Option<&str>) -> NextStep {
        let options = FirstFactorOptions { device, ..Default::default() };
        self.two_factor.after_first_factor(USER, options).unwrap()
    }

    pub(crate) fn challenge(&self) -> String {
        self.challenge_at(None)
    }

    pub(crate) fn challenge_at(&self, device: Option<&str>) -> String {
        let options = FirstFactorOptions { device, fresh: true, ..Default::default() };
        self.two_factor.after_first_factor(USER, options).unwrap().challenge.expect("a challenge")
    }

    pub(crate) fn verify(&self, challenge: &str, code: &str) -> Result<Verification> {
        self.two_factor.verify(challenge, code, VerifyOptions::default())
    }

    pub(crate) fn verify_trusting(&self, challenge: &str, code: &str) -> Result<Verification> {
        self.two_factor.verify(challenge, code, VerifyOptions { trust_device: true, ..Default::default() })
    }

    pub(crate) fn verify_three(&self, challenge: &str, codes: [impl AsRef<str>; 3]) -> Result<Verification> {
        let next_codes = &[codes[1].as_ref(), codes[2].as_ref()];
        self.two_factor.verify(challenge, codes[0].as_ref(), VerifyOptions { next_codes, ..Default::default() })
    }

    /// Signs in with the code shown now, on a new challenge.
    pub(crate) fn sign_in(&self, phone: &FakePhone) -> Result<Verification> {
        self.verify(&self.challenge(), &phone.code())
    }

    pub(crate) fn sign_in_at(&self, device: &str, phone: &FakePhone) -> Result<Verification> {
        self.verify(&self.challenge_at(Some(device)), &phone.code())
    }

    pub(crate) fn sign_in_with_three(&self, phone: &FakePhone) -> Result<Verification> {
        self.verify_three(&self.challenge(), three(phone, 0))
    }

    /// One counted failure on a new challenge, after waiting as long as the throttle says.
    pub(crate) fn fail(&self, phone: &FakePhone) {
        self.fail_at(None, phone);
    }

    pub(crate) fn fail_at(&self, device: Option<&str>, phone: &FakePhone) {
        let wait = self.status_at(device).throttle.retry_after.unwrap_or(0);
        self.clock.advance(i64::try_from(wait).unwrap());
        let saves = self.storage.saves();
        let refused = self.verify(&self.challenge_at(device), &wrong(&[phone]));
        assert_eq!(refusal(refused), Code::InvalidCode);
        assert_eq!(self.storage.saves(), saves + 1, "a counted failure is one write");
    }

    /// Fails until single codes are no longer looked at; gives how many failures that took.
    pub(crate) fn spend(&self, phone: &FakePhone) -> u64 {
        self.spend_at(None, phone)
    }

    pub(crate) fn spend_at(&self, device: Option<&str>, phone: &FakePhone) -> u64 {
        let mut failures = 0;
        while self.status_at(device).throttle.codes_required == 1 {
            self.fail_at(device, phone);
            failures += 1;
            assert!(failures <= 1000, "a budget without an end");
        }
        failures
    }

    pub(crate) fn status(&self) -> Status {
        self.status_at(None)
    }

    pub(crate) fn status_at(&self, device: Option<&str>) -> Status {
        self.two_factor.status(USER, Presenting { device, assurance: None }).unwrap()
    }

    pub(crate) fn proves(&self, assurance: &str) -> bool {
        self.two_factor.check_assurance(USER, assurance, None).is_ok()
    }

    pub(crate) fn row(&self) -> StoredRecord {
        Storage::load(&self.storage, USER).unwrap().expect("a record")
    }

    /// Puts another row in the place of the stored one, as somebody with access to the database may.
    pub(crate) fn replace(&self, user: &str, row: &StoredRecord) {
        Storage::erase(&self.storage, user).unwrap();
        assert!(Storage::save(&self.storage, user, None, row, &[]).unwrap());
    }

    /// How many saves happen meanwhile.
    pub(crate) fn writes<T>(&self, act: impl FnOnce() -> T) -> (T, usize) {
        let before = self.storage.saves();
        let result = act();
        (result, self.storage.saves() - before)
    }

    /// Events told since the last question.
    pub(crate) fn events(&self) -> Vec<(Event, bool)> {
        std::mem::take(&mut *self.told.lock().unwrap())
    }

    /// Their names: those stored, and those only told.
    pub(crate) fn told(&self) -> (Vec<String>, Vec<String>) {
        let (stored, passing): (Vec<_>, Vec<_>) = self.events().into_iter().partition(|(_, durable)| *durable);
        let names = |events: Vec<(Event, bool)>| events.iter().map(|(event, _)| event.kind.to_string()).collect();
        (names(stored), names(passing))
    }

    pub(crate) fn stored_events(&self) -> Vec<Event> {
        Reports::events(self.storage.inner(), USER, None, 1000).unwrap()
    }
}

pub(crate) fn by() -> ImportOptions<'static> {
    ImportOptions::by("migration")
}

/// Three consecutive codes of which the newest is shown `newest` steps from now.
pub(crate) fn three(phone: &FakePhone, newest: i64) -> [String; 3] {
    [-2, -1, 0].map(|before| phone.code_after(newest + before).to_string())
}
