//! The engine: one line of body per operation.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use twinlock::otp::Parameters;
use twinlock::{
    BeginOptions, ConfirmOptions, Effect, Error, FirstFactorOptions, ImportOptions, Imported, Result, VerifyOptions,
};

use crate::convert::{Arg, Code, Event, NextCodes, Now, Row, Setting, StoredRecord};
use crate::errors::{raise, refuse};
use crate::outcome::Outcome;
use crate::settings::{KeyRing, Policy};

type OptionalText<'a> = Arg<Option<&'a str>>;

/// An operation whose input is parsed and whose tokens are open.
#[pyclass(frozen, module = "twinlock._native")]
pub(crate) struct Call {
    call: twinlock::Call<Outcome>,
    operation: &'static str,
}

#[pymethods]
impl Call {
    /// Whose record to load.
    #[getter]
    fn user_id(&self) -> &str {
        self.call.user_id()
    }
}

/// A decision: what to store, then what to tell.
#[pyclass(frozen, module = "twinlock._native")]
pub(crate) struct Step {
    /// `(expected, record, events)`: save them if the stored version is still `expected` (none = there was no record),
    /// before anything is told.
    #[pyo3(get)]
    write: Option<Py<PyTuple>>,
    /// Erase record and events, before anything is told.
    #[pyo3(get)]
    erases: bool,
    /// Those of `write`: stored in the same commit.
    #[pyo3(get)]
    events: Py<PyTuple>,
    /// Told, not stored.
    #[pyo3(get)]
    notices: Py<PyTuple>,
    outcome: Result<Py<PyAny>>,
    operation: &'static str,
}

#[pymethods]
impl Step {
    /// Gives the outcome or raises it; only after the effect is done.
    fn result(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.outcome.as_ref().map(|outcome| outcome.clone_ref(py)).map_err(|error| raise(py, error, self.operation))
    }
}

fn events(py: Python<'_>, events: Vec<twinlock::Event>) -> PyResult<Py<PyTuple>> {
    Ok(PyTuple::new(py, events.into_iter().map(Event))?.unbind())
}

/// Decides; stores nothing, reads no clock.
#[pyclass(frozen, module = "twinlock._native")]
pub(crate) struct Engine(twinlock::Engine);

impl Engine {
    fn call<T: 'static>(
        py: Python<'_>,
        operation: &'static str,
        outcome: fn(T) -> Outcome,
        parse: impl FnOnce() -> Result<twinlock::Call<T>>,
    ) -> PyResult<Call> {
        let parsed = catch_unwind(AssertUnwindSafe(parse));
        match parsed.unwrap_or_else(|_| Err(Error::Internal("the engine panicked".to_owned()))) {
            Ok(call) => Ok(Call { call: call.map(outcome), operation }),
            Err(error) => Err(raise(py, &error, operation)),
        }
    }
}

fn nothing((): ()) -> Outcome {
    Outcome::Nothing
}

#[pymethods]
#[allow(clippy::too_many_arguments, clippy::needless_pass_by_value)] // the operations' arguments, as Python passes them
impl Engine {
    #[new]
    fn new(
        py: Python<'_>,
        issuer: Setting<&str>,
        keys: Setting<PyRef<'_, KeyRing>>,
        policy: Setting<PyRef<'_, Policy>>,
        namespace: Setting<&str>,
    ) -> PyResult<Self> {
        let engine = twinlock::Engine::new(issuer.0, &keys.0.0, policy.0.0.clone(), namespace.0);
        engine.map(Self).map_err(|error| refuse(py, &error))
    }

    /// The policy in force.
    #[getter]
    fn policy(&self) -> Policy {
        Policy(self.0.policy().clone())
    }

    /// The id of the key that seals.
    #[getter]
    fn active_key_id(&self) -> &str {
        self.0.active_key_id()
    }

    /// Decides a call on the record as loaded at `now`.
    fn decide(&self, py: Python<'_>, call: &Call, row: Row<'_>, now: Now) -> PyResult<Step> {
        let step = self.0.decide(&call.call, row.0.as_ref().map(|row| &row.0), now.0);
        let erases = matches!(step.effect, Effect::Erase);
        let (write, stored) = match step.effect {
            Effect::Save { expected, record, events: stored } => {
                let stored = events(py, stored)?;
                let write = (expected, Py::new(py, StoredRecord(record))?, stored.clone_ref(py)).into_pyobject(py)?;
                (Some(write.unbind()), stored)
            }
            Effect::None | Effect::Erase => (None, PyTuple::empty(py).unbind()),
        };
        Ok(Step {
            write,
            erases,
            events: stored,
            notices: events(py, step.notices)?,
            outcome: match step.outcome {
                Ok(outcome) => Ok(outcome.into_python(py)?),
                Err(error) => Err(error),
            },
            operation: call.operation,
        })
    }

    fn begin_enrollment(
        &self,
        py: Python<'_>,
        user_id: Arg<&str>,
        account_name: Arg<&str>,
        assurance: OptionalText<'_>,
        setup: OptionalText<'_>,
        issuer: OptionalText<'_>,
        context: OptionalText<'_>,
    ) -> PyResult<Call> {
        let options = BeginOptions { assurance: assurance.0, setup: setup.0, issuer: issuer.0, context: context.0 };
        Self::call(py, "other", Outcome::Enrollment, || self.0.begin_enrollment(user_id.0, account_name.0, options))
    }

    fn confirm_enrollment(
        &self,
        py: Python<'_>,
        user_id: Arg<&str>,
        setup: Arg<&str>,
        code: Code<'_>,
        next_codes: NextCodes,
        name: OptionalText<'_>,
        context: OptionalText<'_>,
    ) -> PyResult<Call> {
        let options = ConfirmOptions { next_codes: &next_codes.texts(), name: name.0, context: context.0 };
        Self::call(py, "confirm", Outcome::Enrolled, || self.0.confirm_enrollment(user_id.0, setup.0, code.0, options))
    }

    fn import_authenticator(
        &self,
        py: Python<'_>,
        user_id: Arg<&str>,
        secret: OptionalText<'_>,
        uri: OptionalText<'_>,
        name: OptionalText<'_>,
        algorithm: OptionalText<'_>,
        digits: Arg<Option<u8>>,
        period: Arg<Option<u32>>,
        last_used_step: Arg<Option<u64>>,
        drift: Arg<i8>,
        actor: Arg<&str>,
        context: OptionalText<'_>,
    ) -> PyResult<Call> {
        let parameters = (algorithm.0, digits.0, period.0);
        let imported = imported(secret.0, uri.0, parameters).map_err(|error| refuse(py, &error))?;
        let (last_used_step, drift) = (last_used_step.0, drift.0);
        let options =
            ImportOptions { imported, name: name.0, last_used_step, drift, actor: actor.0, context: context.0 };
        Self::call(py, "other", Outcome::Text, || self.0.import_authenticator(user_id.0, options))
    }

    fn after_first_factor(
        &self,
        py: Python<'_>,
        user_id: Arg<&str>,
        device: OptionalText<'_>,
        required: Arg<bool>,
        fresh: Arg<bool>,
        carry: OptionalText<'_>,
        context: OptionalText<'_>,
    ) -> PyResult<Call> {
        let (required, fresh, carry, context) = (required.0, fresh.0, carry.0, context.0);
        let options = FirstFactorOptions { device: device.0, required, fresh, carry, context };
        Self::call(py, "login", Outcome::NextStep, || self.0.after_first_factor(user_id.0, options))
    }

    fn verify(
        &self,
        py: Python<'_>,
        challenge: Arg<&str>,
        code: Code<'_>,
        next_codes: NextCodes,
        trust_device: Arg<bool>,
        user_id: OptionalText<'_>,
        context: OptionalText<'_>,
    ) -> PyResult<Call> {
        let (next_codes, trust_device, user_id) = (next_codes.texts(), trust_device.0, user_id.0);
        let options = VerifyOptions { next_codes: &next_codes, trust_device, user_id, context: context.0 };
        Self::call(py, "verify", Outcome::Verification, || self.0.verify(challenge.0, code.0, options))
    }

    fn check_assurance(
        &self,
        py: Python<'_>,
        user_id: Arg<&str>,
        assurance: Arg<&str>,
        max_age: Arg<Option<u64>>,
    ) -> PyResult<Call> {
        Self::call(py, "guard", Outcome::Seconds, || self.0.check_assurance(user_id.0, assurance.0, max_age.0))
    }

    fn regenerate_backup_codes(
        &self,
        py: Python<'_>,
        user_id: Arg<&str>,
        assurance: Arg<&str>,
        context: OptionalText<'_>,
    ) -> PyResult<Call> {
        let call = || self.0.regenerate_backup_codes(user_id.0, assurance.0, context.0);
        Self::call(py, "other", Outcome::Codes, call)
    }

    fn backup_codes_saved(&self, py: Python<'_>, user_id: Arg<&str>, context: OptionalText<'_>) -> PyResult<Call> {
        Self::call(py, "other", nothing, || self.0.backup_codes_saved(user_id.0, context.0))
    }

    fn rename_authenticator(
        &self,
        py: Python<'_>,
        user_id: Arg<&str>,
        assurance: Arg<&str>,
        id: Arg<&str>,
        name: Arg<&str>,
        context: OptionalText<'_>,
    ) -> PyResult<Call> {
        let call = || self.0.rename_authenticator(user_id.0, assurance.0, id.0, name.0, context.0);
        Self::call(py, "other", nothing, call)
    }

    fn remove_authenticator(
        &self,
        py: Python<'_>,
        user_id: Arg<&str>,
        assurance: Arg<&str>,
        id: Arg<&str>,
        context: OptionalText<'_>,
    ) -> PyResult<Call> {
        Self::call(py, "other", nothing, || self.0.remove_authenticator(user_id.0, assurance.0, id.0, context.0))
    }

    fn disable(
        &self,
        py: Python<'_>,
        user_id: Arg<&str>,
        assurance: Arg<&str>,
        context: OptionalText<'_>,
    ) -> PyResult<Call> {
        Self::call(py, "other", nothing, || self.0.disable(user_id.0, assurance.0, context.0))
    }

    fn revoke_device(
        &self,
        py: Python<'_>,
        user_id: Arg<&str>,
        id: Arg<&str>,
        context: OptionalText<'_>,
    ) -> PyResult<Call> {
        Self::call(py, "other", nothing, || self.0.revoke_device(user_id.0, id.0, context.0))
    }

    fn revoke_all_devices(&self, py: Python<'_>, user_id: Arg<&str>, context: OptionalText<'_>) -> PyResult<Call> {
        Self::call(py, "other", nothing, || self.0.revoke_all_devices(user_id.0, context.0))
    }

    fn status(
        &self,
        py: Python<'_>,
        user_id: Arg<&str>,
        device: OptionalText<'_>,
        assurance: OptionalText<'_>,
    ) -> PyResult<Call> {
        Self::call(py, "other", Outcome::Status, || self.0.status(user_id.0, device.0, assurance.0))
    }

    fn reset(
        &self,
        py: Python<'_>,
        user_id: Arg<&str>,
        actor: Arg<&str>,
        reason: Arg<&str>,
        context: OptionalText<'_>,
    ) -> PyResult<Call> {
        Self::call(py, "other", nothing, || self.0.reset(user_id.0, actor.0, reason.0, context.0))
    }

    fn unlock(
        &self,
        py: Python<'_>,
        user_id: Arg<&str>,
        actor: Arg<&str>,
        context: OptionalText<'_>,
    ) -> PyResult<Call> {
        Self::call(py, "other", nothing, || self.0.unlock(user_id.0, actor.0, context.0))
    }

    fn password_changed(&self, py: Python<'_>, user_id: Arg<&str>, context: OptionalText<'_>) -> PyResult<Call> {
        Self::call(py, "other", nothing, || self.0.password_changed(user_id.0, context.0))
    }

    fn reseal(&self, py: Python<'_>, user_id: Arg<&str>) -> PyResult<Call> {
        Self::call(py, "other", Outcome::Flag, || self.0.reseal(user_id.0))
    }

    fn erase(&self, py: Python<'_>, user_id: Arg<&str>) -> PyResult<Call> {
        Self::call(py, "other", nothing, || self.0.erase(user_id.0))
    }
}

fn imported<'a>(
    secret: Option<&'a str>,
    uri: Option<&'a str>,
    parameters: (Option<&str>, Option<u8>, Option<u32>),
) -> Result<Imported<'a>> {
    let malformed = |text: &str| Error::MalformedRequest(text.to_owned());
    match (secret, uri, parameters) {
        (None, Some(uri), (None, None, None)) => Ok(Imported::Uri(uri)),
        (Some(secret), None, (algorithm, digits, period)) => {
            let usual = Parameters::default();
            let algorithm = algorithm.map_or(Ok(usual.algorithm), str::parse);
            let algorithm = algorithm.map_err(|_| malformed("algorithm must be SHA1, SHA256 or SHA512"))?;
            let parameters = Parameters::new(algorithm, digits.unwrap_or(usual.digits), period.unwrap_or(usual.period));
            Ok(Imported::Secret(secret, parameters.map_err(|error| malformed(&error.to_string()))?))
        }
        _ => Err(malformed("give either a secret or an otpauth URI, which says algorithm, digits and period itself")),
    }
}
