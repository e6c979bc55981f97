//! # Twinlock's records in Redis
//!
//! [`RedisStorage`] keeps sealed records and the last 200 events of each user in Redis 6.2 and newer or Valkey, single or a
//! cluster. Keys, values and the script are those of `contract/redis.md`, the same in every language: services in Rust, Python
//! and Node can share one server.
//!
//! ```text
//!  RedisStorage ── one connection, shared by all calls    load: HMGET · save: one script · erase: DEL
//! ```
//!
//! ```no_run
//! use twinlock::{AsyncTwoFactor, Engine, KeyRing, Policy};
//! use twinlock_redis::{Options, RedisStorage};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let storage = RedisStorage::open("redis://redis.internal", Options::default())?;
//! storage.ready().await?; // else the first sign-in tells what is wrong
//! let engine = Engine::new("Acme", &KeyRing::parse(&std::env::var("TWINLOCK_KEYS")?)?, Policy::default(), "")?;
//! let two_factor = AsyncTwoFactor::new(engine, storage);
//! assert!(!two_factor.status("42", Default::default()).await?.enabled);
//! # Ok(())
//! # }
//! ```
//!
//! **It must keep everything.** A server whose `maxmemory-policy` is not `noeviction` is refused: an evicted record is a user
//! without a second factor. So is a replica.
//!
//! **What a failover can lose**, and what a crash can without `appendfsync always`, is said in `contract/redis.md`: a code that was
//! used in the last second may be taken once more. Who cannot accept that keeps records in a database (`twinlock-sqlx`).
//!
//! **Waiting.** Each call is over within [`Options::timeout`]; whether a write happened is then unknown, and nobody was let in. A
//! call that is cancelled goes on to its end without its caller.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod calls;
mod error;
mod layout;
mod link;
mod options;
mod script;
mod store;
mod sweep;

pub use error::{OpenError, Refusal};
pub use options::Options;
pub use store::RedisStorage;
