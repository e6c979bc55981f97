//! The storage's own few connections.
//!
//! sqlx's pool keeps trying a server that refuses connections until the time is over, and swallows what a new connection says at
//! its start; here a dead server is an error at once.
//!
//! INVARIANT: a connection comes back only by [`Lease::give_back`], after a call that ended well. Whatever else happens, an error,
//! a time-out, a panic, the lease is dropped and the connection with it: nobody meets what another left half done.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sqlx::Connection;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// A connection that was idle for so long is not used any more: something between may have forgotten it.
const FORGOTTEN: Duration = Duration::from_secs(30);

/// One that was idle for so long is asked whether it is alive.
const DOUBTFUL: Duration = Duration::from_secs(1);

struct Idle<C> {
    connection: C,
    since: Instant,
}

pub(crate) struct Pool<C> {
    slots: Semaphore,
    idle: Mutex<Vec<Idle<C>>>,
}

/// A connection that is nobody else's meanwhile.
pub(crate) struct Lease<'p, C> {
    connection: C,
    /// Whether an earlier call used it: it may have died since.
    pub(crate) used: bool,
    pool: &'p Pool<C>,
    _slot: Option<SemaphorePermit<'p>>,
}

impl<C: Connection> Pool<C> {
    pub(crate) fn new(connections: usize) -> Self {
        Self { slots: Semaphore::new(connections), idle: Mutex::new(Vec::new()) }
    }

    /// Waits for a free place, then takes the connection that was used last, or makes one by `connect`.
    pub(crate) async fn lease<E>(&self, connect: impl Future<Output = Result<C, E>>) -> Result<Lease<'_, C>, E> {
        // Nobody closes it.
        let slot = self.slots.acquire().await.ok();
        while let Some(Idle { mut connection, since }) = self.take() {
            let idle_for = since.elapsed();
            if idle_for < DOUBTFUL || (idle_for < FORGOTTEN && connection.ping().await.is_ok()) {
                return Ok(Lease { connection, used: true, pool: self, _slot: slot });
            }
        }
        Ok(Lease { connection: connect.await?, used: false, pool: self, _slot: slot })
    }

    /// Closes the connections that nobody uses.
    pub(crate) async fn close_idle(&self) {
        while let Some(Idle { connection, .. }) = self.take() {
            // It is gone either way.
            let _ = connection.close().await;
        }
    }

    fn take(&self) -> Option<Idle<C>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

impl<C> Lease<'_, C> {
    pub(crate) fn connection(&mut self) -> &mut C {
        &mut self.connection
    }

    /// The connection is as good as before.
    pub(crate) fn give_back(self) {
        let back = Idle { connection: self.connection, since: Instant::now() };
        self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(back);
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use sqlx::SqliteConnection;

    use super::*;

    async fn connect() -> sqlx::Result<SqliteConnection> {
        SqliteConnection::connect("sqlite::memory:").await
    }

    async fn is_used(pool: &Pool<SqliteConnection>) -> bool {
        pool.lease(connect()).await.unwrap().used
    }

    #[tokio::test]
    async fn a_connection_comes_back_only_after_a_call_that_ended_well() {
        let pool = Pool::new(1);
        pool.lease(connect()).await.unwrap().give_back();
        assert!(is_used(&pool).await, "and is dropped here, as after an error");
        assert!(!is_used(&pool).await);
    }

    #[tokio::test]
    async fn there_are_no_more_connections_than_places() {
        let pool = Pool::new(2);
        let (one, _two) = (pool.lease(connect()).await.unwrap(), pool.lease(connect()).await.unwrap());
        let waits = tokio::time::timeout(Duration::from_millis(20), pool.lease(connect())).await;
        assert!(waits.is_err());
        one.give_back();
        assert!(is_used(&pool).await);
    }

    #[tokio::test]
    async fn a_connection_that_failed_to_open_leaves_its_place_free() {
        let pool: Pool<SqliteConnection> = Pool::new(1);
        assert!(pool.lease(async { Err::<SqliteConnection, _>("no server") }).await.is_err());
        assert!(!is_used(&pool).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_was_idle_for_long_is_not_used_again() {
        let pool = Pool::new(1);
        for (seconds, kept) in [(0, true), (2, true), (29, true), (30, false)] {
            pool.lease(connect()).await.unwrap().give_back();
            tokio::time::advance(Duration::from_secs(seconds)).await;
            assert_eq!(is_used(&pool).await, kept, "{seconds} s");
        }
    }
}
