//! Logins with a second factor on axum, over loopback: how many a second at 1, 8 and 64 connections, how long they take, and
//! whether a login among a million users takes longer than one among a thousand. Run by `bench/measure/axum.py`.
//!
//! ```text
//!  axum-bench        reads a Plan from standard input, asks two servers in turns, prints its Figures
//!  axum-bench serve  is one of these servers: makes its records, then answers
//! ```

mod client;
mod figures;
mod fill;
mod records;
mod server;
mod serving;

use std::error::Error;

/// What any part of a measurement may fail with; a failure ends it.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    if std::env::args().nth(1).as_deref() == Some("serve") {
        return server::main();
    }
    figures::main()
}
