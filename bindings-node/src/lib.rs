//! The engine for Node. Conversions only; the public face is the TypeScript package around it, which checks the type of every
//! argument before it comes here.

#![allow(unsafe_code)] // what the macros of napi expand to
#![allow(clippy::needless_pass_by_value)] // arguments come by value from JavaScript
#![allow(unreachable_pub)] // what JavaScript reaches, Rust does not see
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod authenticator;
mod bodies;
mod errors;
mod keys;
mod layout;
mod operations;
mod outcome;
mod policy;
mod slot;
mod storage;
