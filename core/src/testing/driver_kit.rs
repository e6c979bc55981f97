//! What every driver must hold to: the rules at the head of `driver.rs`, each broken on purpose by a storage with faults to order.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use super::{FakePhone, Fault, FaultyStorage, VirtualClock};
use crate::driver::{AsyncTwoFactor, Clock, EventSink, TwoFactor};
use crate::engine::{BeginOptions, ConfirmOptions, Engine, FirstFactorOptions, VerifyOptions};
use crate::entropy::{EntropySource, OsEntropy};
use crate::error::{Code, Error, Result};
use crate::outcome::{Enrolled, Enrollment, NextStep, Verification};
use crate::policy::Policy;
use crate::seal::KeyRing;
use crate::storage::{AsyncStorage, MemoryStorage, Storage};
use crate::time::Timestamp;

type Verdict = Result<(), String>;

macro_rules! must {
    ($condition:expr, $($rule:tt)+) => {
        if !$condition {
            return Err(format!($($rule)+));
        }
    };
}

mod rules;

/// The operations that the kit needs of a driver; both reference drivers have them.
///
/// ```
/// use twinlock::testing::{DrivenBy, example};
///
/// let (two_factor, _) = example();
/// assert_eq!(DrivenBy::after_first_factor(&two_factor, "42")?.status.as_str(), "not_required");
/// # Ok::<(), twinlock::Error>(())
/// ```
pub trait DrivenBy {
    /// [`Engine::begin_enrollment`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    fn begin_enrollment(&self, user_id: &str) -> Result<Enrollment>;

    /// [`Engine::confirm_enrollment`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    fn confirm_enrollment(&self, user_id: &str, setup: &str, code: &str) -> Result<Enrolled>;

    /// [`Engine::after_first_factor`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    fn after_first_factor(&self, user_id: &str) -> Result<NextStep>;

    /// [`Engine::verify`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    fn verify(&self, challenge: &str, code: &str) -> Result<Verification>;

    /// [`Engine::erase`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    fn erase(&self, user_id: &str) -> Result<()>;
}

/// What a driver is made of in the kit.
///
/// ```
/// use twinlock::TwoFactor;
/// use twinlock::testing::{DrivenBy, DriverParts};
///
/// fn put_together(parts: DriverParts) -> impl DrivenBy {
///     let on_event = parts.on_event;
///     TwoFactor::new(parts.engine, parts.storage)
///         .with_clock(parts.clock)
///         .with_events(move |event, durable| on_event(event, durable))
/// }
/// ```
pub struct DriverParts {
    /// Decides.
    pub engine: Engine,
    /// Stores, with faults to order.
    pub storage: Arc<FaultyStorage<MemoryStorage>>,
    /// To be asked anew in every round.
    pub clock: KitClock,
    /// To be told of events.
    pub on_event: EventSink,
}

impl fmt::Debug for DriverParts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("DriverParts").finish_non_exhaustive()
    }
}

type Hook = Box<dyn FnOnce() + Send>;

/// The kit's clock: time may pass, or somebody else may act, whenever a driver reads it.
///
/// ```
/// use twinlock::{Clock, testing::KitClock};
///
/// fn seconds(clock: &KitClock) -> twinlock::Result<u64> {
///     Ok(clock.now()?.as_secs())
/// }
/// ```
#[derive(Clone)]
pub struct KitClock {
    shown: VirtualClock,
    ticks: Arc<AtomicI64>,
    hook: Arc<Mutex<Option<Hook>>>,
}

impl fmt::Debug for KitClock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KitClock").field("shown", &self.shown).finish_non_exhaustive()
    }
}

impl Clock for KitClock {
    fn now(&self) -> Result<Timestamp> {
        let hook = self.hook.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(hook) = hook {
            hook();
        }
        let now = self.shown.now();
        self.shown.advance(self.ticks.load(Ordering::SeqCst));
        now
    }
}

/// Holds a driver to its rules. `make` puts one together of the parts given; it is called many times.
///
/// # Errors
/// The rule that was broken, in words.
///
/// ```
/// use twinlock::{TwoFactor, testing::driver_kit};
///
/// driver_kit(|parts| {
///     let on_event = parts.on_event;
///     TwoFactor::new(parts.engine, parts.storage)
///         .with_clock(parts.clock)
///         .with_events(move |event, durable| on_event(event, durable))
/// })?;
/// # Ok::<(), String>(())
/// ```
pub fn driver_kit<D: DrivenBy + Send + 'static>(make: impl Fn(DriverParts) -> D) -> Result<(), String> {
    let rules: [fn(Bench<D>) -> Verdict; 12] = [
        rules::what_changes_nothing_writes_nothing,
        rules::a_wrong_code_is_written_before_it_is_told,
        rules::a_save_that_failed_is_not_told,
        rules::what_was_burned_stays_burned,
        rules::a_save_that_never_answered_refuses,
        rules::a_lost_race_is_decided_on_a_fresh_record,
        rules::a_lost_race_is_decided_on_a_fresh_clock,
        rules::five_rounds_then_contention,
        rules::a_load_that_failed_refuses,
        rules::a_broken_clock_refuses,
        rules::erase_is_told_when_it_is_done,
        rules::a_panic_refuses,
    ];
    rules.into_iter().try_for_each(|rule| rule(Bench::new(&make)?))
}

/// A user with a phone behind a driver, at the moment when a code is due.
struct Bench<D> {
    driver: D,
    /// Another process on the same storage.
    elsewhere: D,
    storage: Arc<FaultyStorage<MemoryStorage>>,
    clock: KitClock,
    phone: FakePhone,
    backup_code: String,
    told: Arc<Mutex<Vec<(String, bool)>>>,
    panics: Arc<AtomicBool>,
}

const USER: &str = "driver-kit";

impl<D: DrivenBy> Bench<D> {
    fn new(make: &impl Fn(DriverParts) -> D) -> Result<Self, String> {
        let clock = KitClock { shown: VirtualClock::default(), ticks: Arc::default(), hook: Arc::default() };
        let storage = Arc::new(FaultyStorage::new(MemoryStorage::new()));
        let told: Arc<Mutex<Vec<(String, bool)>>> = Arc::default();
        let panics = Arc::new(AtomicBool::new(false));
        let keys = KeyRing::generate("kit").map_err(said)?;
        let parts = || -> Result<DriverParts> {
            let entropy = Arc::new(SometimesPanics(panics.clone()));
            let told = told.clone();
            Ok(DriverParts {
                engine: Engine::with_entropy("Acme", &keys, Policy::default(), "", entropy)?,
                storage: storage.clone(),
                clock: clock.clone(),
                on_event: Arc::new(move |event, durable| {
                    told.lock().unwrap_or_else(PoisonError::into_inner).push((event.kind.to_string(), durable));
                }),
            })
        };
        let (driver, elsewhere) = (make(parts().map_err(said)?), make(parts().map_err(said)?));
        let enrollment = driver.begin_enrollment(USER).map_err(said)?;
        let phone = FakePhone::scan(&enrollment.uri, &clock.shown).map_err(said)?;
        let enrolled = driver.confirm_enrollment(USER, &enrollment.setup, &phone.code()).map_err(said)?;
        let backup_code = enrolled.backup_codes.first().map(|code| code.to_string()).unwrap_or_default();
        clock.shown.advance(60);
        told.lock().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(Self { driver, elsewhere, storage, clock, phone, backup_code, told, panics })
    }

    fn challenge(&self) -> Result<String, String> {
        let step = self.driver.after_first_factor(USER).map_err(said)?;
        step.challenge.ok_or_else(|| "a user with a second factor must get a challenge".to_owned())
    }

    /// A code that no step near now has.
    fn wrong(&self) -> String {
        let shown: Vec<_> = (-2..=2).map(|step| self.phone.code_after(step)).collect();
        let codes = (0..10_u8).map(|number| format!("{number:06}"));
        codes.into_iter().find(|code| shown.iter().all(|other| **other != *code)).unwrap_or_default()
    }

    /// The events told since the last question.
    fn told(&self) -> Vec<(String, bool)> {
        std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn said(error: Error) -> String {
    format!("the kit could not get ready: {error}")
}

fn refused<T>(result: Result<T>, code: Code, rule: &str) -> Verdict {
    match result {
        Err(error) if error.code() == code => Ok(()),
        Err(error) => Err(format!("{rule}: expected {code}, not {}", error.code())),
        Ok(_) => Err(format!("{rule}: expected {code}, not a success")),
    }
}

/// The operating system's randomness, until it panics.
struct SometimesPanics(Arc<AtomicBool>);

impl EntropySource for SometimesPanics {
    #[allow(clippy::panic)] // that is what it is for
    fn fill(&self, bytes: &mut [u8]) -> Result<()> {
        if self.0.load(Ordering::SeqCst) {
            panic!("ordered: the core panics");
        }
        OsEntropy.fill(bytes)
    }
}

macro_rules! driven_by {
    ($driver:ident, $storage:ident, $wait:ident) => {
        impl<S: $storage, C: Clock> DrivenBy for $driver<S, C> {
            fn begin_enrollment(&self, user_id: &str) -> Result<Enrollment> {
                $wait($driver::begin_enrollment(self, user_id, "kit@example.com", BeginOptions::default()))
            }

            fn confirm_enrollment(&self, user_id: &str, setup: &str, code: &str) -> Result<Enrolled> {
                $wait($driver::confirm_enrollment(self, user_id, setup, code, ConfirmOptions::default()))
            }

            fn after_first_factor(&self, user_id: &str) -> Result<NextStep> {
                $wait($driver::after_first_factor(self, user_id, FirstFactorOptions::default()))
            }

            fn verify(&self, challenge: &str, code: &str) -> Result<Verification> {
                $wait($driver::verify(self, challenge, code, VerifyOptions::default()))
            }

            fn erase(&self, user_id: &str) -> Result<()> {
                $wait($driver::erase(self, user_id))
            }
        }
    };
}

driven_by!(TwoFactor, Storage, itself);
driven_by!(AsyncTwoFactor, AsyncStorage, at_once);

fn itself<T>(outcome: Result<T>) -> Result<T> {
    outcome
}

/// The kit's storage is in memory, so its futures are ready when first asked.
fn at_once<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => Err(Error::internal("a storage in memory must answer at once")),
    }
}
