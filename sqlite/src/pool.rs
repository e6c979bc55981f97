//! The connections of one store in this process: one writes, a few read.
//!
//! SQLite lets one connection write at a time and makes the others poll, so writers of this process queue here instead.
//! Every wait, here and in SQLite, ends at one deadline.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use rusqlite::Connection;
use twinlock::StorageError;

use crate::connection::{self, Role};
use crate::error::{OpenError, leaves_connection_sound, storage_error};
use crate::fork;
use crate::options::Options;

/// A load takes microseconds, so a few readers keep many threads busy.
const READERS: usize = 4;

pub(crate) struct Pool {
    pub(crate) file: PathBuf,
    pub(crate) options: Options,
    /// Those of this process: a forked child puts its own here.
    lanes: ArcSwap<Lanes>,
}

#[derive(Default)]
struct Lanes {
    /// Connections that are open, opening or closing; read without the lock, which a fork may have left locked for ever.
    open: AtomicUsize,
    state: Mutex<State>,
    reader_free: Condvar,
    writer_free: Condvar,
    all_free: Condvar,
}

#[derive(Default)]
struct State {
    readers: Lane,
    writer: Lane,
}

#[derive(Default)]
struct Lane {
    idle: Vec<Connection>,
    lent: usize,
}

impl State {
    fn lane(&mut self, role: Role) -> &mut Lane {
        match role {
            Role::Reader => &mut self.readers,
            Role::Writer => &mut self.writer,
        }
    }

    fn lent(&self) -> usize {
        self.readers.lent.saturating_add(self.writer.lent)
    }

    fn take_idle(&mut self) -> Vec<Connection> {
        self.readers.idle.drain(..).chain(self.writer.idle.drain(..)).collect()
    }
}

impl Lanes {
    // Nothing panics while this lock is held, and the counts are kept by `Drop`: a poisoned lock is no reason to stop.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn free(&self, role: Role) -> &Condvar {
        match role {
            Role::Reader => &self.reader_free,
            Role::Writer => &self.writer_free,
        }
    }

    fn close(&self, connection: Connection) {
        drop(connection);
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Pool {
    pub(crate) fn new(file: PathBuf, options: Options) -> Arc<Self> {
        Arc::new(Self { file, options, lanes: ArcSwap::default() })
    }

    /// Runs `work` on a connection of that role, which is then free again.
    pub(crate) fn run<T>(
        &self,
        role: Role,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StorageError> {
        let mut lease = self.lease(role)?;
        let result = work(lease.connection()?);
        lease.sound = result.as_ref().err().is_none_or(leaves_connection_sound);
        result.map_err(storage_error)
    }

    /// A connection of that role, waiting for one if need be.
    pub(crate) fn lease(&self, role: Role) -> Result<Lease, OpenError> {
        let process = fork::process()?;
        let deadline = Deadline::after(self.options.busy_timeout);
        let lanes = self.lanes.load_full();
        let mut state = lanes.state();
        while process.holds() || state.lane(role).lent >= limit(role) {
            let left = deadline.left().ok_or(OpenError::Busy)?;
            state = lanes.free(role).wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let lane = state.lane(role);
        lane.lent = lane.lent.saturating_add(1);
        let idle = lane.idle.pop();
        drop(state);
        // From here on the lease gives back what was counted.
        let mut lease = Lease { connection: None, lanes, role, sound: true };
        lease.connection = Some(match idle {
            Some(connection) => connection,
            None => self.open(&lease.lanes, role)?,
        });
        let left = deadline.left().unwrap_or_default();
        connection::wait_at_most(lease.connection()?, left).map_err(OpenError::Failed)?;
        Ok(lease)
    }

    fn open(&self, lanes: &Lanes, role: Role) -> Result<Connection, OpenError> {
        lanes.open.fetch_add(1, Ordering::SeqCst);
        let opened = connection::connect(&self.file, &self.options, role);
        if opened.is_err() {
            lanes.open.fetch_sub(1, Ordering::SeqCst);
        }
        opened
    }

    /// Before a fork: waits until no call is underway and closes what is open. `false` when a call took too long.
    pub(crate) fn rest(&self, patience: Duration) -> bool {
        let lanes = self.lanes.load_full();
        let deadline = Deadline::after(patience);
        let mut state = lanes.state();
        while state.lent() > 0 {
            let Some(left) = deadline.left() else { return false };
            state = lanes.all_free.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.take_idle().into_iter().for_each(|connection| lanes.close(connection));
        true
    }

    /// After a fork: those who waited look again.
    pub(crate) fn wake(&self) {
        let lanes = self.lanes.load_full();
        let _state = lanes.state();
        lanes.reader_free.notify_all();
        lanes.writer_free.notify_all();
    }

    /// In a forked child, before it opens anything: lets go of the parent's connections. `false` when one of them was in use.
    pub(crate) fn disinherit(&self) -> bool {
        let lanes = self.lanes.load_full();
        if lanes.open.load(Ordering::SeqCst) > 0 {
            let mut state = match lanes.state.try_lock() {
                Ok(state) => state,
                Err(TryLockError::Poisoned(state)) => state.into_inner(),
                Err(TryLockError::WouldBlock) => return false,
            };
            if state.lent() > 0
                || state.readers.idle.len().saturating_add(state.writer.idle.len()) != lanes.open.load(Ordering::SeqCst)
            {
                return false;
            }
            state.take_idle().into_iter().for_each(|connection| lanes.close(connection));
        }
        // The old lanes may hold a lock of a thread that is not here: nobody uses them again.
        self.lanes.store(Arc::default());
        true
    }

    /// When the store is dropped: folds the log into the file.
    pub(crate) fn close_for_good(&self) {
        let lanes = self.lanes.load_full();
        let mut state = lanes.state();
        for connection in state.take_idle() {
            connection::close_for_good(connection);
            lanes.open.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

fn limit(role: Role) -> usize {
    match role {
        Role::Reader => READERS,
        Role::Writer => 1,
    }
}

/// A connection that is this thread's until dropped.
pub(crate) struct Lease {
    connection: Option<Connection>,
    lanes: Arc<Lanes>,
    role: Role,
    /// Whether the connection may be used again.
    pub(crate) sound: bool,
}

impl Lease {
    pub(crate) fn connection(&mut self) -> Result<&mut Connection, OpenError> {
        // INVARIANT: a lease that `Pool::lease` gave away has its connection until it is dropped.
        self.connection.as_mut().ok_or(OpenError::Busy)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let sound = self.sound && !std::thread::panicking();
        let reusable = self.connection.take().and_then(|connection| {
            if sound && connection.is_autocommit() {
                return Some(connection);
            }
            self.lanes.close(connection);
            None
        });
        let mut state = self.lanes.state();
        let lane = state.lane(self.role);
        lane.idle.extend(reusable);
        lane.lent = lane.lent.saturating_sub(1);
        self.lanes.free(self.role).notify_one();
        if state.lent() == 0 {
            self.lanes.all_free.notify_all();
        }
    }
}

struct Deadline(Option<Instant>);

impl Deadline {
    /// Further than the clock can count is for ever.
    fn after(time: Duration) -> Self {
        Self(Instant::now().checked_add(time))
    }

    /// What is left of the time; none when it is over.
    fn left(&self) -> Option<Duration> {
        let Some(end) = self.0 else { return Some(Duration::from_secs(86_400)) };
        end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }
}
