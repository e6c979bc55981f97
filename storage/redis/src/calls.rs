//! Calls, each with an end.
//!
//! INVARIANT: a link that did not answer in time, or broke, is not used again, unless it is one that heals by itself. What was
//! asked on it may have been done.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::{Cmd, ErrorKind, RedisError, ServerErrorKind, Value};
use tokio::time::{Instant, timeout_at};
use twinlock::StorageError;

use crate::error::Refusal;
use crate::link::{Link, Source, To};
use crate::script::Script;

/// What is done when a link turns out to be dead that an earlier call had opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setback {
    /// The same on a new one: it does no harm to do it twice.
    Repeat,
    /// The caller decides again on what is stored by then.
    Refuse,
}

pub(crate) struct Calls {
    source: Source,
    timeout: Duration,
    link: Mutex<Option<Held>>,
    /// One connects, the others wait for it.
    connecting: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct Held {
    link: Link,
    number: u64,
    used: bool,
}

impl Calls {
    pub(crate) fn new(source: Source, timeout: Duration) -> Self {
        Self { source, timeout, link: Mutex::new(None), connecting: tokio::sync::Mutex::new(()) }
    }

    /// Sends one command.
    pub(crate) async fn ask(&self, to: &To, command: &Cmd, setback: Setback) -> Result<Value, StorageError> {
        self.ask_until(Instant::now() + self.timeout, to, command, setback).await.map_err(told)
    }

    /// Runs a script, by its name where the server knows it.
    pub(crate) async fn run(&self, script: &Script, keys: &[&str], arguments: &[String]) -> Result<i64, StorageError> {
        let end = Instant::now() + self.timeout;
        let by_name = script.by_name(keys, arguments);
        let answer = match self.ask_until(end, &To::Key, &by_name, Setback::Refuse).await {
            // It did not run: sending it is no second try.
            Err(Failure::Refused(Refusal::Redis(error))) if is_unknown_script(&error) => {
                self.ask_until(end, &To::Key, &script.whole(keys, arguments), Setback::Refuse).await
            }
            answer => answer,
        };
        match answer.map_err(told)? {
            Value::Int(number) => Ok(number),
            _ => Err(Refusal::Unreadable("the script's answer").into()),
        }
    }

    /// Every primary.
    pub(crate) async fn primaries(&self) -> Result<Vec<To>, StorageError> {
        let end = Instant::now() + self.timeout;
        let asked = async { self.link().await?.link.primaries().await };
        let primaries = timeout_at(end, asked).await.map_err(|_| StorageError::Timeout)??;
        Ok(primaries.into_iter().map(|(to, _)| to).collect())
    }

    async fn ask_until(&self, end: Instant, to: &To, command: &Cmd, setback: Setback) -> Result<Value, Failure> {
        loop {
            let mut held = timeout_at(end, self.link()).await.map_err(|_| Failure::Late)?.map_err(Failure::Refused)?;
            let error = match timeout_at(end, held.link.send(to, command)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => error,
                Err(_) => {
                    self.drop_link(&held);
                    return Err(Failure::Late);
                }
            };
            if !error.is_unrecoverable_error() {
                return Err(Failure::Refused(error.into()));
            }
            self.drop_link(&held);
            if !held.used || held.link.heals() || setback == Setback::Refuse {
                return Err(Failure::Refused(error.into()));
            }
        }
    }

    async fn link(&self) -> Result<Held, Refusal> {
        if let Some(held) = self.held() {
            return Ok(held);
        }
        let _one = self.connecting.lock().await;
        if let Some(held) = self.held() {
            return Ok(held);
        }
        let link = self.source.connect().await?;
        let mut held = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        let number = NUMBERS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        *held = Some(Held { link: link.clone(), number, used: true });
        Ok(Held { link, number, used: false })
    }

    fn held(&self) -> Option<Held> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Unless another one was opened meanwhile.
    fn drop_link(&self, broken: &Held) {
        if broken.link.heals() {
            return;
        }
        let mut held = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        held.take_if(|held| held.number == broken.number);
    }

    /// Lets go of the connection; a later call opens another one.
    pub(crate) fn close(&self) {
        self.link.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Tells links apart.
static NUMBERS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

enum Failure {
    Late,
    Refused(Refusal),
}

fn told(failure: Failure) -> StorageError {
    match failure {
        Failure::Late => StorageError::Timeout,
        Failure::Refused(refusal) => refusal.into(),
    }
}

fn is_unknown_script(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}
