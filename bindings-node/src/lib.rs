//! The engine for Node. Conversions only; the public face is the TypeScript package around it, which checks the type of every
//! argument before it comes here.

#![allow(unsafe_code)] // what the macros of napi expand to
#![allow(clippy::needless_pass_by_value)] // arguments come by value from JavaScript
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod authenticator;
pub mod bodies;
pub mod errors;
pub mod hot;
pub mod keys;
mod layout;
#[allow(clippy::too_many_arguments, missing_docs)] // the operations and their arguments, as the core explains them
pub mod operations;
mod outcome;
pub mod policy;
pub mod slot;
pub mod storage;
pub mod text;
