//! Forks: a store that was opened and used before a fork works in parent and child.
//!
//! SQLite counts a file's locks per process, in memory that a child inherits. A child that opens the file anew while the parent's
//! connections are still counted takes no lock of its own: when the parent then closes, it removes the log under the child,
//! whose commits are lost though they were confirmed. (Leaving the parent's connections untouched in the child, the usual
//! advice, does exactly that.) So here
//!
//! * a child first lets go of everything it inherited, idle connections only, which touches neither the file nor the parent's locks;
//!   the first call after a fork does it unasked;
//! * a child that was forked while another thread was *in a call* refuses with
//!   [`OpenError::Forked`]: what it inherited is half done. Programs that fork with threads running
//!   call [`prepare`] before and [`resume`] after the fork, in both processes, and never meet that.
//!
//! Starting another program (`exec`, `spawn`) needs none of this.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};

use crate::error::OpenError;
use crate::pool::Pool;

/// Longer than any default busy time-out; a fork is not held up for ever.
const PATIENCE: Duration = Duration::from_secs(10);

/// Swapped without locks: a lock could be held for ever by a thread that the fork left behind.
static PROCESS: ArcSwapOption<Process> = ArcSwapOption::const_empty();

/// The stores of one process.
pub(crate) struct Process {
    id: u32,
    pools: ArcSwap<Vec<Arc<Pool>>>,
    /// How many threads are about to fork.
    forking: AtomicU32,
    /// The process this one was forked from.
    parent: Option<Arc<Process>>,
    /// Whether nothing half done was inherited; set once the parent's connections are gone.
    clean: OnceLock<bool>,
}

impl Process {
    fn new(parent: Option<Arc<Self>>) -> Arc<Self> {
        Arc::new(Self {
            id: std::process::id(),
            pools: ArcSwap::default(),
            forking: AtomicU32::new(0),
            parent,
            clean: OnceLock::new(),
        })
    }

    /// Whether calls must wait until a fork is over.
    pub(crate) fn holds(&self) -> bool {
        self.forking.load(Ordering::SeqCst) > 0
    }

    fn take_over(&self) -> bool {
        let Some(parent) = &self.parent else { return true };
        // Not yet settled there: the fork came in the middle of this very function.
        if parent.clean.get() != Some(&true) {
            return false;
        }
        let pools = parent.pools.load_full();
        let clean = pools.iter().all(|pool| pool.disinherit());
        self.pools.store(pools);
        clean
    }
}

/// This process, with nothing in it that its parent opened.
pub(crate) fn process() -> Result<Arc<Process>, OpenError> {
    loop {
        let current = PROCESS.load_full();
        match current {
            Some(process) if process.id == std::process::id() => {
                let clean = *process.clean.get_or_init(|| process.take_over());
                return if clean { Ok(process) } else { Err(OpenError::Forked) };
            }
            other => {
                let fresh = Process::new(other.clone());
                // Whoever is first counts; the loop then finds it.
                PROCESS.compare_and_swap(&other, Some(fresh));
            }
        }
    }
}

pub(crate) fn register(pool: &Arc<Pool>) -> Result<(), OpenError> {
    process()?.pools.rcu(|pools| pools.iter().chain([pool]).cloned().collect::<Vec<_>>());
    Ok(())
}

/// Closes that store's connections and forgets it; in a process that must not touch them they stay as they are.
pub(crate) fn unregister(pool: &Arc<Pool>) {
    if let Ok(process) = process() {
        pool.close_for_good();
        process.pools.rcu(|pools| pools.iter().filter(|other| !Arc::ptr_eq(other, pool)).cloned().collect::<Vec<_>>());
    }
}

/// Before a fork: waits until no call is underway (10 seconds at most), closes all connections and holds further calls back.
///
/// Every call needs its [`resume`], in the parent and in the child, also when the fork failed.
///
/// ```
/// twinlock_sqlite::fork::prepare();
/// // fork here
/// twinlock_sqlite::fork::resume();
/// ```
pub fn prepare() {
    if let Ok(process) = process() {
        process.forking.fetch_add(1, Ordering::SeqCst);
        process.pools.load().iter().for_each(|pool| {
            pool.rest(PATIENCE);
        });
    }
}

/// After a fork, in the parent and in the child: calls go on.
///
/// ```
/// twinlock_sqlite::fork::resume(); // without `prepare` it does nothing
/// ```
pub fn resume() {
    if let Ok(process) = process() {
        // A child counts from zero: it has none of the parent's other threads.
        let _ = process.forking.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |forking| forking.checked_sub(1));
        process.pools.load().iter().for_each(|pool| pool.wake());
    }
}
