//! The engine for Kotlin and Swift. Conversions only; the public faces are the hand-written packages around it.
//!
//! Nothing of a call is kept here between its two crossings: `open` parses a call and says whose record is to be loaded, `decide`
//! parses it again (half a microsecond, where a crossing of the JVM costs tens) and decides. So a cancelled caller leaves nothing
//! behind, and no host has to free anything in time.
//!
//! ```text
//!  Engine::open(Call) -> user id                 Engine::decide(Call, row, now) -> Step { effect, notices, outcome }
//! ```

#![allow(unsafe_code)] // what the macros of UniFFI expand to, and `narrow.rs`
#![allow(clippy::needless_pass_by_value)] // arguments come by value over the boundary
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod account;
pub mod bodies;
pub mod call;
pub mod engine;
pub mod errors;
pub mod keys;
pub mod narrow;
pub mod outcome;
pub mod policy;
pub mod qr;
pub mod step;
pub mod storage;

uniffi::setup_scaffolding!();
