//! `twinlock._native`: the engine for Python. Conversions only; the public face is the Python package around it.

mod convert;
mod engine;
mod errors;
mod outcome;
mod settings;
mod storage;

use pyo3::prelude::*;

/// The engine behind the package `twinlock`. Private: import from `twinlock`.
#[pymodule]
mod _native {
    use pyo3::prelude::*;
    use twinlock::Code;

    #[pymodule_export]
    use crate::{
        convert::{Event, StoredRecord},
        engine::{Call, Engine, Step},
        outcome::{Enrolled, Enrollment, NextStep, Verification},
        settings::{AuthenticatorAccount, KeyRing, Policy},
        storage::SqliteStorage,
    };

    /// Every stable code of the engine and of the HTTP contract.
    #[pyfunction]
    fn codes() -> Vec<&'static str> {
        Code::ALL.iter().map(|code| code.as_str()).collect()
    }

    /// The RFC 9457 problem of a code, as it stands at that operation of the HTTP contract: `verify`, `step_up`, `confirm`,
    /// `guard`, `login` or `other`.
    #[pyfunction]
    #[pyo3(signature = (code, operation = "other"))]
    fn problem<'py>(py: Python<'py>, code: &str, operation: &str) -> PyResult<Bound<'py, PyAny>> {
        let (code, operation) = super::named(py, code, operation)?;
        crate::convert::loads(py, &code.problem(operation).to_json())
    }

    /// Whole Unix seconds of what a clock gave.
    #[pyfunction]
    fn seconds(now: crate::convert::Now) -> u64 {
        now.0.as_secs()
    }

    /// To be called before a fork: waits until no other thread is in a call of a store.
    #[pyfunction]
    fn before_fork(py: Python<'_>) {
        py.detach(twinlock_sqlite::fork::prepare);
    }

    /// To be called after a fork, in both processes.
    #[pyfunction]
    fn after_fork() {
        twinlock_sqlite::fork::resume();
    }

    /// The HTTP status of a code at that operation of the HTTP contract.
    #[pyfunction]
    fn http_status(py: Python<'_>, code: &str, operation: &str) -> PyResult<u16> {
        let (code, operation) = super::named(py, code, operation)?;
        Ok(code.status(operation))
    }
}

fn named(py: Python<'_>, code: &str, operation: &str) -> PyResult<(twinlock::Code, twinlock::Operation)> {
    match (twinlock::Code::parse(code), twinlock::Operation::parse(operation)) {
        (Some(code), Some(operation)) => Ok((code, operation)),
        _ => Err(convert::misconfigured(py, "there is no such code or operation in the HTTP contract")),
    }
}
