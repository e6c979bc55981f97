//! # Twinlock: the second lock on the door
//!
//! A two-factor authentication engine that an application adds *after* its own password check.
//! **A pure function decides; a ten-line driver stores; the answer is told only after it is stored.**
//!
//! ```text
//!             host                                   core (no clock, no I/O)
//!  ┌──────────────────────────────┐      ┌────────────────────────────┐
//!  │  call = engine.verify(…)     │──────▶  parse input, open token   │
//!  │  row  = storage.load(user)   │      │                            │
//!  │  step = engine.decide(call,  │──────▶  open record → decide →    │
//!  │             row, now)        │◀──────  seal: Step{effect,outcome}│
//!  │  storage.save(…step.effect)  │      └────────────────────────────┘
//!  │  lost the race? start again  │
//!  │  return step.outcome         │
//!  └──────────────────────────────┘
//! ```
//!
//! ```
//! use twinlock::{Engine, KeyRing, MemoryStorage, Policy, TwoFactor};
//! # use twinlock::AuthenticatorAccount;
//! # use twinlock::testing::VirtualClock;
//!
//! let engine = Engine::new("Acme", &KeyRing::generate("2026a")?, Policy::default(), "")?;
//! let two_factor = TwoFactor::new(engine, MemoryStorage::new());
//! # let clock = VirtualClock::default();
//! # let two_factor = two_factor.with_clock(clock.clone());
//!
//! // Switch it on: show the QR code, take a code of the app.
//! let enrollment = two_factor.begin_enrollment("42", "ada@example.com", Default::default())?;
//! let app = AuthenticatorAccount::from_uri(&enrollment.uri).unwrap(); // the user's phone
//! # let now = || clock.seconds();
//! let enrolled = two_factor.confirm_enrollment("42", &enrollment.setup, &app.code_at(now()), Default::default())?;
//! assert_eq!(enrolled.backup_codes.len(), 10);
//! # clock.advance(30);
//!
//! // Sign in: after the password, ask what is due.
//! let step = two_factor.after_first_factor("42", Default::default())?;
//! let challenge = step.challenge.expect("a second factor is due");
//! let verification = two_factor.verify(&challenge, &app.code_at(now()), Default::default())?;
//! assert_eq!(verification.user_id, "42"); // sign in this user and nobody else
//! # Ok::<(), twinlock::Error>(())
//! ```

#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![deny(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod backup_codes;
mod decision;
mod detail;
mod engine;
mod enrollment;
mod entropy;
mod error;
mod event;
mod input;
mod json;
mod lifecycle;
mod outcome;
mod policy;
mod problem;
mod record;
mod seal;
mod status;
mod storage;
mod throttle;
mod time;
mod token;
mod verification;
mod wire;

pub mod otp;
pub mod otpauth;
pub mod qr;
pub mod secret;

mod authenticator;
mod driver;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

// The engine and what it decides
pub use decision::{Call, Effect, Step};
pub use engine::{BeginOptions, ConfirmOptions, Engine, FirstFactorOptions, ImportOptions, Imported, VerifyOptions};
pub use input::UserId;
pub use outcome::{Enrolled, Enrollment, Method, NewBackupCodes, NextStep, StepStatus, Verification};
pub use policy::{Policy, PolicySettings};
pub use seal::KeyRing;
pub use status::{
    AuthenticatorStatus, BackupCodesStatus, DeviceStatus, PolicyStatus, ProofStatus, Status, ThrottleStatus,
};
pub use time::Timestamp;

// What is refused and what is told
pub use detail::Detail;
pub use error::{Code, Error, Result};
pub use event::{Event, EventKind};
pub use problem::{Operation, Problem};

// The host's side
pub use driver::{AsyncTwoFactor, Clock, EventSink, Presenting, ROUNDS, SystemClock, TwoFactor};
pub use storage::{AsyncReports, AsyncStorage, MemoryStorage, Reports, Stats, Storage, StorageError, StoredRecord};

// The phone's side
pub use authenticator::AuthenticatorAccount;

// For tests
pub use entropy::{EntropySource, OsEntropy};
