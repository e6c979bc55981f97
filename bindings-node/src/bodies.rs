//! Bodies of the HTTP contract and drawings, made by the core from what JavaScript holds of a result.

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use serde::{Deserialize, Serialize};
use twinlock::otp::Parameters;
use twinlock::qr::QrCode;
use twinlock::{Enrolled, Enrollment, Error, Method, NextStep, StepStatus, Verification};
use zeroize::Zeroizing;

use crate::errors::{Result, guarded};

/// Every way to prove a second factor, by the number under which JavaScript knows it.
const METHODS: [Method; 2] = [Method::Totp, Method::BackupCode];
const STATUSES: [StepStatus; 4] =
    [StepStatus::NotRequired, StepStatus::EnrollmentRequired, StepStatus::Trusted, StepStatus::Challenge];

pub(crate) fn method_number(method: Method) -> u32 {
    METHODS.iter().zip(0..).find(|(known, _)| **known == method).map_or(0, |(_, number)| number)
}

pub(crate) fn methods_bits(methods: &[Method]) -> u32 {
    methods.iter().fold(0, |bits, method| bits | 1 << method_number(*method))
}

pub(crate) fn status_number(status: StepStatus) -> u32 {
    STATUSES.iter().zip(0..).find(|(known, _)| **known == status).map_or(0, |(_, number)| number)
}

/// What JavaScript keeps of an enrollment.
#[derive(Serialize, Deserialize)]
pub(crate) struct EnrollmentFields {
    setup: String,
    secret: Zeroizing<String>,
    uri: Zeroizing<String>,
    expires_at: u64,
    account_name: String,
    issuer: String,
    digits: u8,
    period: u32,
}

impl From<Enrollment> for EnrollmentFields {
    fn from(enrollment: Enrollment) -> Self {
        let Enrollment { setup, secret, uri, expires_at, account_name, issuer, parameters } = enrollment;
        let (digits, period) = (parameters.digits, parameters.period);
        Self { setup, secret, uri, expires_at, account_name, issuer, digits, period }
    }
}

impl EnrollmentFields {
    fn enrollment(self) -> twinlock::Result<Enrollment> {
        let Self { setup, secret, uri, expires_at, account_name, issuer, digits, period } = self;
        let algorithm = Parameters::default().algorithm; // no body shows it
        let parameters = Parameters::new(algorithm, digits, period).map_err(internal)?;
        Ok(Enrollment { setup, secret, uri, expires_at, account_name, issuer, parameters })
    }
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(error.to_string())
}

fn seconds(number: f64) -> u64 {
    number as u64 // saturates; the number came from here
}

/// The body of `POST /setup`.
#[napi]
pub fn enrollment_body(fields: String) -> Result<String> {
    let fields = Zeroizing::new(fields);
    guarded(|| {
        let fields: EnrollmentFields = serde_json::from_str(&fields).map_err(internal)?;
        Ok(fields.enrollment()?.body()?.to_string())
    })
}

/// The body of `POST /setup/confirm`.
#[napi]
pub fn enrolled_body(authenticator_id: String, backup_codes: Vec<String>) -> Result<String> {
    let backup_codes = backup_codes.into_iter().map(Zeroizing::new).collect();
    let enrolled = Enrolled { authenticator_id, backup_codes, assurance: String::new(), device: None, verified_at: 0 };
    guarded(|| Ok(enrolled.body().to_string()))
}

/// The part of a login's answer that asks for the second factor.
#[napi]
pub fn next_step_body(
    status: u32,
    challenge: Option<String>,
    expires_in: f64,
    methods: u32,
    codes_required: u32,
) -> Result<String> {
    guarded(|| {
        let step = NextStep {
            status: *STATUSES.get(status as usize).ok_or_else(|| internal("no such status"))?,
            challenge,
            methods: METHODS
                .iter()
                .zip(0..)
                .filter(|(_, bit)| methods >> bit & 1 == 1)
                .map(|(method, _)| *method)
                .collect(),
            codes_required: u8::try_from(codes_required).map_err(internal)?,
            assurance: None,
            expires_at: None,
            expires_in: Some(seconds(expires_in)),
        };
        Ok(step.body())
    })
}

/// What `POST /verify` adds to the host's own answer.
#[napi]
pub fn verification_body(method: u32, backup_codes_left: u32) -> Result<String> {
    guarded(|| {
        let verification = Verification {
            user_id: String::new(),
            method: *METHODS.get(method as usize).ok_or_else(|| internal("no such method"))?,
            authenticator_id: None,
            backup_codes_left: u8::try_from(backup_codes_left).map_err(internal)?,
            assurance: String::new(),
            device: None,
            carry: None,
            verified_at: 0,
        };
        Ok(verification.body())
    })
}

fn drawn(uri: String) -> twinlock::Result<QrCode> {
    QrCode::new(&Zeroizing::new(uri)).map_err(internal)
}

/// A QR code as SVG.
#[napi]
pub fn qr_svg(uri: String) -> Result<String> {
    guarded(|| Ok(drawn(uri)?.svg()))
}

/// A QR code as a PNG file.
#[napi]
pub fn qr_png(uri: String) -> Result<Buffer> {
    guarded(|| drawn(uri)?.png().map(Buffer::from).map_err(internal))
}

/// The PNG as a `data:` URI.
#[napi]
pub fn qr_data_uri(uri: String) -> Result<String> {
    guarded(|| drawn(uri)?.data_uri().map_err(internal))
}

/// A QR code for a terminal.
#[napi]
pub fn qr_text(uri: String) -> Result<String> {
    guarded(|| Ok(drawn(uri)?.text()))
}
