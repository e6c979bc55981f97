//! Python values in and out. Whatever has the wrong type becomes a `TwoFactorError`, never a `TypeError`.

use std::hash::{Hash, Hasher};

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyFloat, PyList, PyString, PyTuple};
use twinlock::{Detail, Error, Timestamp};

use crate::errors::refuse;

pub(crate) fn misconfigured(py: Python<'_>, message: &str) -> PyErr {
    refuse(py, &Error::Configuration(message.to_owned()))
}

/// JSON text as Python values.
pub(crate) fn loads<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("json")?.getattr("loads")?.call1((json,))
}

/// Python values as JSON text.
pub(crate) fn dumps(value: &Bound<'_, PyAny>) -> PyResult<String> {
    value.py().import("json")?.getattr("dumps")?.call1((value,))?.extract()
}

fn given(value: Borrowed<'_, '_, PyAny>) -> String {
    value.get_type().name().map_or_else(|_| "?".to_owned(), |name| name.to_string())
}

/// An argument of an operation; another type is `MalformedRequest`.
pub(crate) struct Arg<T>(pub(crate) T);

impl<'a, 'py, T: FromPyObject<'a, 'py>> FromPyObject<'a, 'py> for Arg<T> {
    type Error = PyErr;

    fn extract(value: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let malformed =
            || Error::MalformedRequest(format!("an argument has the wrong type or range: {}", given(value)));
        T::extract(value).map(Self).map_err(|_| refuse(value.py(), &malformed()))
    }
}

/// An argument of a constructor; another type is `ConfigurationError`.
pub(crate) struct Setting<T>(pub(crate) T);

impl<'a, 'py, T: FromPyObject<'a, 'py>> FromPyObject<'a, 'py> for Setting<T> {
    type Error = PyErr;

    fn extract(value: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let wrong = || format!("a setting has the wrong type or range: {}", given(value));
        T::extract(value).map(Self).map_err(|_| misconfigured(value.py(), &wrong()))
    }
}

/// What a person typed; anything but text is `MalformedCode`.
pub(crate) struct Code<'a>(pub(crate) &'a str);

impl<'a, 'py> FromPyObject<'a, 'py> for Code<'a> {
    type Error = PyErr;

    fn extract(value: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        <&'a str>::extract(value).map(Self).map_err(|_| refuse(value.py(), &Error::MalformedCode))
    }
}

/// The two codes that followed, in a list or tuple.
pub(crate) struct NextCodes(Vec<String>);

impl<'py> FromPyObject<'_, 'py> for NextCodes {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let listed = value.cast::<PyTuple>().is_ok() || value.cast::<PyList>().is_ok();
        match value.len() {
            Ok(0) if listed => Ok(Self(Vec::new())),
            Ok(2) if listed => value.extract().map(Self).map_err(|_| refuse(value.py(), &Error::MalformedCode)),
            _ => Err(refuse(value.py(), &Error::MalformedCode)),
        }
    }
}

impl NextCodes {
    pub(crate) fn texts(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }
}

/// What the clock gave.
pub(crate) struct Now(pub(crate) Timestamp);

impl<'py> FromPyObject<'_, 'py> for Now {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let seconds = match value.cast::<PyFloat>() {
            Ok(float) => float.value(),
            Err(_) => value.extract::<f64>().map_err(|_| {
                misconfigured(value.py(), &format!("the clock must give Unix seconds, not {}", given(value)))
            })?,
        };
        Timestamp::from_secs_f64(seconds).map(Self).map_err(|error| refuse(value.py(), &error))
    }
}

/// What a storage loaded; anything but a record or nothing is `StorageError`.
pub(crate) struct Row<'py>(pub(crate) Option<PyRef<'py, StoredRecord>>);

impl<'py> FromPyObject<'_, 'py> for Row<'py> {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let nonsense = || format!("load must give a StoredRecord or None, not {}", given(value));
        value.extract().map(Self).map_err(|_| refuse(value.py(), &Error::Storage(nonsense().into())))
    }
}

/// One user's record as it is stored: sealed, opaque to the storage.
#[pyclass(frozen, eq, hash, module = "twinlock")]
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct StoredRecord(pub(crate) twinlock::StoredRecord);

impl Hash for StoredRecord {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0.version, &self.0.data).hash(state);
    }
}

#[pymethods]
impl StoredRecord {
    #[new]
    #[pyo3(signature = (*, version, enabled, key_id, data))]
    fn new(version: u64, enabled: bool, key_id: String, data: Vec<u8>) -> Self {
        Self(twinlock::StoredRecord { version, enabled, key_id, data })
    }

    /// Chosen by the engine, below 2^53; a storage compares it and never counts.
    #[getter]
    fn version(&self) -> u64 {
        self.0.version
    }

    /// Whether the user has a second factor: in clear for counting, bound into the seal.
    #[getter]
    fn enabled(&self) -> bool {
        self.0.enabled
    }

    /// The key that sealed it: in clear for key sweeps, bound into the seal.
    #[getter]
    fn key_id(&self) -> &str {
        &self.0.key_id
    }

    /// The sealed bytes, at most some kilobytes.
    #[getter]
    fn data<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.data)
    }

    fn __repr__(&self) -> String {
        let twinlock::StoredRecord { version, enabled, key_id, data } = &self.0;
        let enabled = if *enabled { "True" } else { "False" };
        format!("StoredRecord(version={version}, enabled={enabled}, key_id='{key_id}', data=<{} bytes>)", data.len())
    }
}

/// One line of the audit log. It holds no code, secret or token.
#[pyclass(frozen, eq, hash, module = "twinlock")]
#[derive(Clone, PartialEq)]
pub(crate) struct Event(pub(crate) twinlock::Event);

impl Hash for Event {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.id.hash(state);
    }
}

#[pymethods]
impl Event {
    #[new]
    #[pyo3(signature = (*, id, user_id, r#type, at, success = true, method = None, actor = None, context = None, detail = None))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        id: &Bound<'_, PyAny>,
        user_id: String,
        r#type: String,
        at: u64,
        success: bool,
        method: Option<String>,
        actor: Option<String>,
        context: Option<String>,
        detail: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let detail = match detail {
            None => "{}".to_owned(),
            Some(text) if text.is_instance_of::<PyString>() => text.extract()?,
            Some(facts) => dumps(facts)?,
        };
        let detail = Detail::from_json(&detail).ok_or_else(|| PyValueError::new_err("detail must be a JSON object"))?;
        let (kind, method) = (r#type.into(), method.map(Into::into));
        Ok(Self(twinlock::Event { id: event_id(id)?, user_id, kind, at, success, method, actor, context, detail }))
    }

    /// A UUIDv7 in 32 hexadecimal digits: sorting by id is sorting by time.
    #[getter]
    fn id(&self) -> String {
        self.0.id_text()
    }

    /// The same id in 16 bytes.
    #[getter]
    fn id_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.id)
    }

    /// Whose second factor.
    #[getter]
    fn user_id(&self) -> &str {
        &self.0.user_id
    }

    /// What happened, e.g. `verified`, `failed`, `attack_suspected`; newer releases may know more.
    #[getter]
    fn r#type(&self) -> &str {
        &self.0.kind
    }

    /// Unix seconds.
    #[getter]
    fn at(&self) -> u64 {
        self.0.at
    }

    /// Whether what was tried succeeded.
    #[getter]
    fn success(&self) -> bool {
        self.0.success
    }

    /// `totp` or `backup_code`, where a code was presented.
    #[getter]
    fn method(&self) -> Option<&str> {
        self.0.method.as_deref()
    }

    /// The operator who acted, where it was not the user.
    #[getter]
    fn actor(&self) -> Option<&str> {
        self.0.actor.as_deref()
    }

    /// What the host said about the request.
    #[getter]
    fn context(&self) -> Option<&str> {
        self.0.context.as_deref()
    }

    /// Further facts, by name.
    #[getter]
    fn detail<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        loads(py, &self.detail_json())
    }

    /// The same facts as JSON text, for a column.
    #[getter]
    fn detail_json(&self) -> String {
        self.0.detail.to_json()
    }

    /// The event as the HTTP contract shows it.
    fn body<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        loads(py, &self.0.to_json())
    }

    fn __repr__(&self) -> String {
        format!("Event(type='{}', at={}, id='{}')", self.0.kind, self.0.at, self.id())
    }
}

fn event_id(id: &Bound<'_, PyAny>) -> PyResult<[u8; 16]> {
    let wrong = || PyValueError::new_err("id must be 16 bytes or 32 hexadecimal digits");
    let Ok(text) = id.cast::<PyString>() else {
        let bytes = id.cast::<PyBytes>().map_err(|_| PyTypeError::new_err("id must be bytes or str"))?;
        return bytes.as_bytes().try_into().map_err(|_| wrong());
    };
    text.to_str().ok().and_then(twinlock::Event::parse_id).ok_or_else(wrong)
}
