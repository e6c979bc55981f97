//! What operations give, as frozen classes.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use twinlock::Error;
use zeroize::Zeroizing;

use crate::convert::loads;
use crate::errors::refuse;

/// The outcome of any call, on its way to Python.
pub(crate) enum Outcome {
    Enrollment(twinlock::Enrollment),
    Enrolled(twinlock::Enrolled),
    NextStep(twinlock::NextStep),
    Verification(twinlock::Verification),
    Status(twinlock::Status),
    Codes(Vec<Zeroizing<String>>),
    Text(String),
    Seconds(u64),
    Flag(bool),
    Nothing,
}

impl Outcome {
    pub(crate) fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(match self {
            Self::Enrollment(outcome) => Py::new(py, Enrollment(outcome))?.into_any(),
            Self::Enrolled(outcome) => Py::new(py, Enrolled(outcome))?.into_any(),
            Self::NextStep(outcome) => Py::new(py, NextStep(outcome))?.into_any(),
            Self::Verification(outcome) => Py::new(py, Verification(outcome))?.into_any(),
            Self::Status(outcome) => loads(py, &outcome.body())?.unbind(),
            Self::Codes(outcome) => texts(&outcome).into_pyobject(py)?.into_any().unbind(),
            Self::Text(outcome) => outcome.into_pyobject(py)?.into_any().unbind(),
            Self::Seconds(outcome) => outcome.into_pyobject(py)?.into_any().unbind(),
            Self::Flag(outcome) => outcome.into_pyobject(py)?.to_owned().into_any().unbind(),
            Self::Nothing => py.None(),
        })
    }
}

fn texts(codes: &[Zeroizing<String>]) -> Vec<&str> {
    codes.iter().map(|code| code.as_str()).collect()
}

/// A begun enrollment: show the secret once, keep nothing but `setup`, at the client.
#[pyclass(frozen, module = "twinlock")]
pub(crate) struct Enrollment(twinlock::Enrollment);

#[pymethods]
impl Enrollment {
    /// Sealed: to be sent back with the first code.
    #[getter]
    fn setup(&self) -> &str {
        &self.0.setup
    }

    /// Base32, to be typed where no QR code can be read.
    #[getter]
    fn secret(&self) -> &str {
        &self.0.secret
    }

    /// The `otpauth://` URI that the QR code holds.
    #[getter]
    fn uri(&self) -> &str {
        &self.0.uri
    }

    /// Unix seconds until which `setup` can be confirmed.
    #[getter]
    fn expires_at(&self) -> u64 {
        self.0.expires_at
    }

    /// The account as the app will show it.
    #[getter]
    fn account_name(&self) -> &str {
        &self.0.account_name
    }

    /// The issuer as the app will show it.
    #[getter]
    fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// Digits of a code.
    #[getter]
    fn digits(&self) -> u8 {
        self.0.parameters.digits
    }

    /// Seconds that a code is shown.
    #[getter]
    fn period(&self) -> u32 {
        self.0.parameters.period
    }

    /// The QR code of the URI as SVG.
    fn qr_svg(&self, py: Python<'_>) -> PyResult<String> {
        drawn(py, self.0.qr_svg())
    }

    /// The QR code as a PNG file.
    fn qr_png<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        drawn(py, self.0.qr_png()).map(|png| PyBytes::new(py, &png))
    }

    /// The PNG as a `data:` URI for an `<img>`.
    fn qr_data_uri(&self, py: Python<'_>) -> PyResult<String> {
        drawn(py, self.0.qr_data_uri())
    }

    /// The QR code as half-block text for a terminal.
    fn qr_text(&self, py: Python<'_>) -> PyResult<String> {
        drawn(py, self.0.qr_text())
    }

    /// The body of `POST /setup`.
    fn body<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        loads(py, &drawn(py, self.0.body())?)
    }

    fn __repr__(&self) -> String {
        format!("Enrollment(expires_at={})", self.0.expires_at)
    }
}

fn drawn<T>(py: Python<'_>, drawing: Result<T, Error>) -> PyResult<T> {
    drawing.map_err(|error| refuse(py, &error))
}

/// A confirmed enrollment.
#[pyclass(frozen, module = "twinlock")]
pub(crate) struct Enrolled(twinlock::Enrolled);

#[pymethods]
impl Enrolled {
    /// The new authenticator, for renaming and removing.
    #[getter]
    fn authenticator_id(&self) -> &str {
        &self.0.authenticator_id
    }

    /// With the first authenticator: to be shown once. Empty with further ones.
    #[getter]
    fn backup_codes(&self) -> Vec<&str> {
        texts(&self.0.backup_codes)
    }

    /// A fresh proof: confirming is one.
    #[getter]
    fn assurance(&self) -> &str {
        &self.0.assurance
    }

    /// The token of this browser, now known.
    #[getter]
    fn device(&self) -> Option<&str> {
        self.0.device.as_deref()
    }

    /// Unix seconds of the proof.
    #[getter]
    fn verified_at(&self) -> u64 {
        self.0.verified_at
    }

    /// The body of `POST /setup/confirm`.
    fn body<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        loads(py, &self.0.body())
    }

    fn __repr__(&self) -> String {
        format!("Enrolled(authenticator_id='{}')", self.0.authenticator_id)
    }
}

/// What stands between the password and the session.
#[pyclass(frozen, module = "twinlock")]
pub(crate) struct NextStep(twinlock::NextStep);

#[pymethods]
impl NextStep {
    /// `not_required`, `enrollment_required`, `trusted` or `challenge`.
    #[getter]
    fn status(&self) -> &'static str {
        self.0.status.as_str()
    }

    /// To be sent back with the code; with status `challenge` only.
    #[getter]
    fn challenge(&self) -> Option<&str> {
        self.0.challenge.as_deref()
    }

    /// What the user can answer with; tolerate unknown ones.
    #[getter]
    fn methods(&self) -> Vec<&'static str> {
        self.0.methods.iter().map(|method| method.as_str()).collect()
    }

    /// How many consecutive codes of an authenticator are needed: 1, or 3 under attack. A backup code is always one.
    #[getter]
    fn codes_required(&self) -> u8 {
        self.0.codes_required
    }

    /// With status `trusted`: the proof, dated when the device last gave one.
    #[getter]
    fn assurance(&self) -> Option<&str> {
        self.0.assurance.as_deref()
    }

    /// Unix seconds until which the challenge can be answered.
    #[getter]
    fn expires_at(&self) -> Option<u64> {
        self.0.expires_at
    }

    /// The same in seconds from now.
    #[getter]
    fn expires_in(&self) -> Option<u64> {
        self.0.expires_in
    }

    /// The part of a login's answer that asks for the second factor.
    fn body<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        loads(py, &self.0.body())
    }

    fn __repr__(&self) -> String {
        format!("NextStep(status='{}')", self.status())
    }
}

/// A proved second factor. The account to sign in is `user_id` and nothing else.
#[pyclass(frozen, module = "twinlock")]
pub(crate) struct Verification(twinlock::Verification);

#[pymethods]
impl Verification {
    /// Whom to sign in.
    #[getter]
    fn user_id(&self) -> &str {
        &self.0.user_id
    }

    /// `totp` or `backup_code`.
    #[getter]
    fn method(&self) -> &'static str {
        self.0.method.as_str()
    }

    /// Which authenticator, where one was used.
    #[getter]
    fn authenticator_id(&self) -> Option<&str> {
        self.0.authenticator_id.as_deref()
    }

    /// Backup codes left.
    #[getter]
    fn backup_codes_left(&self) -> u8 {
        self.0.backup_codes_left
    }

    /// The proof, for guards and sensitive operations.
    #[getter]
    fn assurance(&self) -> &str {
        &self.0.assurance
    }

    /// The token of this browser, now known or trusted.
    #[getter]
    fn device(&self) -> Option<&str> {
        self.0.device.as_deref()
    }

    /// What `after_first_factor` was given to carry.
    #[getter]
    fn carry(&self) -> Option<&str> {
        self.0.carry.as_deref()
    }

    /// Unix seconds of the proof.
    #[getter]
    fn verified_at(&self) -> u64 {
        self.0.verified_at
    }

    /// What `POST /verify` adds to the host's own answer.
    fn body<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        loads(py, &self.0.body())
    }

    fn __repr__(&self) -> String {
        format!("Verification(method='{}')", self.method())
    }
}
