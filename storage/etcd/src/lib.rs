//! # Twinlock's records in etcd
//!
//! [`EtcdStorage`] keeps sealed records and events in etcd 3.4 and newer, for any number of processes on any number of machines at
//! once. A majority of the nodes has every save on its disk before it is told; a node that dies takes nothing with it.
//!
//! ```text
//!  load ── Range, linearizable ──────────────▶ the majority's newest record
//!  save ── Txn: if the version is still that, put record and events ──▶ done, or somebody else was first
//! ```
//!
//! ```no_run
//! use twinlock::{AsyncTwoFactor, Engine, KeyRing, Policy};
//! use twinlock_etcd::{EtcdStorage, Options};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let nodes = ["http://10.0.0.1:2379", "http://10.0.0.2:2379", "http://10.0.0.3:2379"];
//! let storage = EtcdStorage::connect(nodes, Options::new().credentials("shop", "secret")).await?;
//! let engine = Engine::new("Acme", &KeyRing::generate("2026a")?, Policy::default(), "")?;
//! let two_factor = AsyncTwoFactor::new(engine, storage);
//! assert!(!two_factor.status("42", Default::default()).await?.enabled);
//! # Ok(())
//! # }
//! ```
//!
//! **Keys and values**
//!
//! | key | value |
//! |---|---|
//! | `{prefix}/record/{user}` | version (8 bytes, the highest first), format (1 byte, `1`), enabled (1 byte, `0` or `1`), length of the key id (2 bytes, the highest first), key id, sealed data |
//! | `{prefix}/event/{user}/{id}` | the event as JSON; `user` with `%` and `/` as `%25` and `%2F`, `id` in 32 hexadecimal digits |
//!
//! **A lost answer** to a save is an error, since nobody knows whether it was done: the sign-in is refused, and the next try reads
//! what is there. Only what surely was not done (no connection, no leader) is sent again, to the next node. Reads are asked again
//! wherever they fail. All of it within one time-out, five seconds by default.
//!
//! **Limits** of etcd: 128 keys in one transaction, so 127 events in one save (the engine writes a handful); 1.5 MiB for one
//! request. Beyond them a save is refused, unwritten.
//!
//! **What is deleted** stays in etcd's history until that is compacted: run it with `--auto-compaction-retention`.

#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![deny(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod client;
mod error;
mod layout;
mod options;
mod reports;
mod store;
mod wire;

pub use error::ConnectError;
pub use options::Options;
pub use store::EtcdStorage;

/// The settings of TLS, as the HTTP/2 client below takes them.
#[cfg(feature = "tls")]
pub mod tls {
    pub use tonic::transport::{Certificate, ClientTlsConfig, Identity};
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
