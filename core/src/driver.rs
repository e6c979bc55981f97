//! The reference drivers, which every language mirrors: load, decide, save, tell. They know no policy.
//!
//! 1. Save before tell: an outcome, good or bad, leaves only after its write is committed. What changes nothing writes nothing.
//! 2. A counted wrong code is an outcome *with a write*, not an early error.
//! 3. After a lost race, decide again on a freshly loaded record and a freshly read clock; at most 5 rounds, then `contention`.
//! 4. Any storage failure or time-out refuses; what was burned stays burned; the outcome is dropped unseen.
//! 5. Never cache a record; never run inside the caller's transaction.
//! 6. No policy here.
//! 7. A cancelled caller loses the answer, never the write: the write must go on when the future is dropped
//!    (an asynchronous storage spawns it).

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::decision::{Call, Effect, Step};
use crate::engine::{BeginOptions, ConfirmOptions, Engine, FirstFactorOptions, ImportOptions, VerifyOptions};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::outcome::{Enrolled, Enrollment, NewBackupCodes, NextStep, Verification};
use crate::status::Status;
use crate::storage::{AsyncStorage, Storage};
use crate::time::Timestamp;

/// How often a lost race is decided again.
///
/// ```
/// assert_eq!(twinlock::ROUNDS, 5);
/// ```
pub const ROUNDS: usize = 5;

/// Where `now` comes from. [`SystemClock`] outside tests.
///
/// ```
/// use twinlock::{Clock, SystemClock, Timestamp};
///
/// assert!(SystemClock.now()? > Timestamp::from_secs(1_700_000_000)?);
/// # Ok::<(), twinlock::Error>(())
/// ```
pub trait Clock: Send + Sync {
    /// The time now.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the clock is broken; the operation is then refused.
    fn now(&self) -> Result<Timestamp>;
}

/// The computer's clock.
///
/// ```
/// use twinlock::Clock;
///
/// assert!(twinlock::SystemClock.now().is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Result<Timestamp> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(-1, |since| since.as_secs().cast_signed());
        Timestamp::from_secs(since)
    }
}

/// Is told of every event after its commit, and of refusals that are not stored (`durable` is then false): for mail, logs, metrics.
pub type EventSink = Arc<dyn Fn(&Event, bool) + Send + Sync>;

/// The second lock after the password, over a blocking [`Storage`].
///
/// ```
/// use twinlock::{Engine, KeyRing, MemoryStorage, Policy, TwoFactor};
///
/// let engine = Engine::new("Acme", &KeyRing::generate("2026a")?, Policy::default(), "")?;
/// let two_factor = TwoFactor::new(engine, MemoryStorage::new());
/// assert!(!two_factor.status("42", Default::default())?.enabled);
/// # Ok::<(), twinlock::Error>(())
/// ```
pub struct TwoFactor<S, C = SystemClock> {
    engine: Engine,
    storage: S,
    clock: C,
    on_event: Option<EventSink>,
}

/// The same over an [`AsyncStorage`], on any runtime. Time-outs are the storage's: it knows its runtime.
///
/// ```
/// use twinlock::{AsyncTwoFactor, Engine, KeyRing, MemoryStorage, Policy};
///
/// # async fn example() -> twinlock::Result<()> {
/// let engine = Engine::new("Acme", &KeyRing::generate("2026a")?, Policy::default(), "")?;
/// let two_factor = AsyncTwoFactor::new(engine, MemoryStorage::new());
/// assert!(!two_factor.status("42", Default::default()).await?.enabled);
/// # Ok(())
/// # }
/// ```
pub struct AsyncTwoFactor<S, C = SystemClock> {
    engine: Engine,
    storage: S,
    clock: C,
    on_event: Option<EventSink>,
}

/// The tokens a page presents with [`TwoFactor::status`].
///
/// ```
/// assert!(twinlock::Presenting::default().device.is_none());
/// ```
#[derive(Clone, Copy, Default)]
pub struct Presenting<'a> {
    /// The device token of this browser.
    pub device: Option<&'a str>,
    /// The proof of this session.
    pub assurance: Option<&'a str>,
}

macro_rules! construction {
    ($name:ident) => {
        impl<S> $name<S> {
            /// A driver over that storage, on the computer's clock.
            pub fn new(engine: Engine, storage: S) -> Self {
                Self { engine, storage, clock: SystemClock, on_event: None }
            }
        }

        impl<S, C> $name<S, C> {
            /// The same on another clock, for tests.
            #[must_use]
            pub fn with_clock<D: Clock>(self, clock: D) -> $name<S, D> {
                $name { engine: self.engine, storage: self.storage, clock, on_event: self.on_event }
            }

            /// The same with somebody to tell of events.
            #[must_use]
            pub fn with_events(mut self, on_event: impl Fn(&Event, bool) + Send + Sync + 'static) -> Self {
                self.on_event = Some(Arc::new(on_event));
                self
            }

            /// The engine below.
            pub fn engine(&self) -> &Engine {
                &self.engine
            }

            /// Where `now` comes from, for reports.
            pub fn clock(&self) -> &C {
                &self.clock
            }

            /// The storage below, for its reports.
            pub fn storage(&self) -> &S {
                &self.storage
            }

            fn tell<T>(&self, step: Step<T>) -> Result<T> {
                if let Some(on_event) = &self.on_event {
                    if let Effect::Save { events, .. } = &step.effect {
                        events.iter().for_each(|event| on_event(event, true));
                    }
                    step.notices.iter().for_each(|event| on_event(event, false));
                }
                step.outcome
            }
        }
    };
}

construction!(TwoFactor);
construction!(AsyncTwoFactor);

impl<S: Storage, C: Clock> TwoFactor<S, C> {
    fn run<T>(&self, call: &Call<T>) -> Result<T> {
        for _ in 0..ROUNDS {
            let row = self.storage.load(call.user_id())?;
            let step = self.engine.decide(call, row.as_ref(), self.clock.now()?);
            let stored = match &step.effect {
                Effect::None => true,
                Effect::Erase => self.storage.erase(call.user_id()).map(|()| true)?,
                Effect::Save { expected, record, events } => {
                    self.storage.save(call.user_id(), *expected, record, events)?
                }
            };
            if stored {
                return self.tell(step);
            }
        }
        Err(Error::Contention)
    }
}

impl<S: AsyncStorage, C: Clock> AsyncTwoFactor<S, C> {
    async fn run<T>(&self, call: &Call<T>) -> Result<T> {
        for _ in 0..ROUNDS {
            let row = self.storage.load(call.user_id()).await?;
            let step = self.engine.decide(call, row.as_ref(), self.clock.now()?);
            let stored = match &step.effect {
                Effect::None => true,
                Effect::Erase => self.storage.erase(call.user_id()).await.map(|()| true)?,
                Effect::Save { expected, record, events } => {
                    self.storage.save(call.user_id(), *expected, record, events).await?
                }
            };
            if stored {
                return self.tell(step);
            }
        }
        Err(Error::Contention)
    }
}

/// One method per operation, the same list for both drivers: arguments as in [`Engine`], the outcome as it is there.
macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) -> $outcome:ty = $call:expr;)+) => {
        impl<S: Storage, C: Clock> TwoFactor<S, C> {
            $($(#[$doc])* pub fn $name(&self, $($argument: $type),*) -> Result<$outcome> {
                self.run(&$call(&self.engine, $($argument),*)?)
            })+
        }

        impl<S: AsyncStorage, C: Clock> AsyncTwoFactor<S, C> {
            $($(#[$doc])* pub async fn $name(&self, $($argument: $type),*) -> Result<$outcome> {
                self.run(&$call(&self.engine, $($argument),*)?).await
            })+
        }
    };
}

operations! {
    /// [`Engine::begin_enrollment`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    begin_enrollment(user_id: &str, account_name: &str, options: BeginOptions<'_>) -> Enrollment = Engine::begin_enrollment;

    /// [`Engine::confirm_enrollment`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    confirm_enrollment(user_id: &str, setup: &str, code: &str, options: ConfirmOptions<'_>) -> Enrolled = Engine::confirm_enrollment;

    /// [`Engine::import_authenticator`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    import_authenticator(user_id: &str, options: ImportOptions<'_>) -> String = Engine::import_authenticator;

    /// [`Engine::after_first_factor`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    after_first_factor(user_id: &str, options: FirstFactorOptions<'_>) -> NextStep = Engine::after_first_factor;

    /// [`Engine::verify`], carried out. The account to sign in is the outcome's `user_id` and nothing else.
    ///
    /// # Errors
    /// As there, and the storage's.
    verify(challenge: &str, code: &str, options: VerifyOptions<'_>) -> Verification = Engine::verify;

    /// [`Engine::check_assurance`], carried out: Unix seconds of the proof.
    ///
    /// # Errors
    /// As there, and the storage's.
    check_assurance(user_id: &str, assurance: &str, max_age: Option<u64>) -> u64 = Engine::check_assurance;

    /// [`Engine::regenerate_backup_codes`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    regenerate_backup_codes(user_id: &str, assurance: &str, context: Option<&str>) -> NewBackupCodes = Engine::regenerate_backup_codes;

    /// [`Engine::backup_codes_saved`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    backup_codes_saved(user_id: &str, context: Option<&str>) -> () = Engine::backup_codes_saved;

    /// [`Engine::rename_authenticator`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    rename_authenticator(user_id: &str, assurance: &str, id: &str, name: &str, context: Option<&str>) -> () = Engine::rename_authenticator;

    /// [`Engine::remove_authenticator`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    remove_authenticator(user_id: &str, assurance: &str, id: &str, context: Option<&str>) -> () = Engine::remove_authenticator;

    /// [`Engine::disable`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    disable(user_id: &str, assurance: &str, context: Option<&str>) -> () = Engine::disable;

    /// [`Engine::revoke_device`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    revoke_device(user_id: &str, id: &str, context: Option<&str>) -> () = Engine::revoke_device;

    /// [`Engine::revoke_all_devices`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    revoke_all_devices(user_id: &str, context: Option<&str>) -> () = Engine::revoke_all_devices;

    /// [`Engine::status`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    status(user_id: &str, presenting: Presenting<'_>) -> Status =
        |engine: &Engine, user_id, presenting: Presenting<'_>| engine.status(user_id, presenting.device, presenting.assurance);

    /// [`Engine::reset`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    reset(user_id: &str, actor: &str, reason: &str, context: Option<&str>) -> () = Engine::reset;

    /// [`Engine::unlock`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    unlock(user_id: &str, actor: &str, context: Option<&str>) -> () = Engine::unlock;

    /// [`Engine::password_changed`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    password_changed(user_id: &str, context: Option<&str>) -> () = Engine::password_changed;

    /// [`Engine::reseal`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    reseal(user_id: &str) -> bool = Engine::reseal;

    /// [`Engine::erase`], carried out.
    ///
    /// # Errors
    /// As there, and the storage's.
    erase(user_id: &str) -> () = Engine::erase;
}
