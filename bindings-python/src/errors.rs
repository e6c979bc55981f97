//! Errors of the core as exceptions of `twinlock.errors`, found by their stable code.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use twinlock::Error;

/// The exception for an error, for the operation that met it.
pub(crate) fn raise(py: Python<'_>, error: &Error, operation: &str) -> PyErr {
    static RAISED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let count = if let Error::MoreCodesRequired { count } = error { Some(*count) } else { None };
    let raised = RAISED.get_or_try_init(py, || PyResult::Ok(py.import("twinlock.errors")?.getattr("raised")?.unbind()));
    let arguments = (error.code().as_str(), error.to_string(), error.retry_after(), count, operation);
    match raised.and_then(|raised| raised.bind(py).call1(arguments)) {
        Ok(exception) => {
            let exception = PyErr::from_value(exception);
            if let Error::Storage(source) = error {
                exception.set_cause(py, Some(PyRuntimeError::new_err(source.to_string())));
            }
            exception
        }
        Err(failure) => failure,
    }
}

/// For errors that have one status wherever they arise.
pub(crate) fn refuse(py: Python<'_>, error: &Error) -> PyErr {
    raise(py, error, "other")
}
