//! The embedded store. Every method blocks for as long as the disk takes: hosts call it off their event loops.

#[cfg(feature = "sqlite")]
#[path = "storage/built_in.rs"]
mod store;
#[cfg(not(feature = "sqlite"))]
#[path = "storage/left_out.rs"]
mod store;

pub use store::SqliteStorage;

/// Why a store gave nothing.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum StoreError {
    /// It failed.
    #[error("{reason}")]
    Failed {
        /// What went wrong, for people who operate.
        reason: String,
    },
    /// It did not answer in time.
    #[error("the storage did not answer in time")]
    Timeout,
}

/// How many have a second factor, and what happened in 30 days.
#[derive(uniffi::Record)]
#[allow(missing_docs)]
pub struct StoreStats {
    pub enabled_users: u64,
    pub enabled_30d: u64,
    pub disabled_30d: u64,
    pub failed_30d: u64,
}
