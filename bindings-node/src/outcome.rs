//! What operations give, in the form in which it goes into a slot's buffer; `ts/outcomes.ts` takes it out.

use twinlock::{Code, Error};
use zeroize::Zeroizing;

use crate::bodies::{EnrollmentFields, method_number, methods_bits, status_number};
use crate::layout::Told;

/// The outcome of any call.
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

fn number(value: Option<u64>) -> f64 {
    value.map_or(-1.0, |value| value as f64)
}

fn json(value: &impl serde::Serialize) -> Zeroizing<String> {
    Zeroizing::new(serde_json::to_string(value).unwrap_or_default())
}

fn plain(codes: &[Zeroizing<String>]) -> Vec<&str> {
    codes.iter().map(|code| code.as_str()).collect()
}

impl Outcome {
    pub(crate) fn tell(self, told: &mut Told<'_>) {
        match self {
            Self::Enrollment(outcome) => told.text(0, &json(&EnrollmentFields::from(outcome))),
            Self::Enrolled(outcome) => told.text(0, &enrolled(&outcome)),
            Self::NextStep(outcome) => {
                told.words([
                    status_number(outcome.status),
                    outcome.codes_required.into(),
                    methods_bits(&outcome.methods),
                ]);
                told.numbers(number(outcome.expires_at), number(outcome.expires_in));
                told.optional(0, outcome.challenge.as_deref());
                told.optional(1, outcome.assurance.as_deref());
            }
            Self::Verification(outcome) => {
                told.words([method_number(outcome.method), outcome.backup_codes_left.into(), 0]);
                told.numbers(outcome.verified_at as f64, -1.0);
                told.optional(0, outcome.authenticator_id.as_deref());
                told.text(1, &outcome.assurance);
                told.optional(2, outcome.device.as_deref());
                told.optional(3, outcome.carry.as_deref());
            }
            Self::Status(outcome) => told.text(0, &outcome.body()),
            Self::Codes(outcome) => told.text(0, &json(&plain(&outcome))),
            Self::Text(outcome) => told.text(0, &outcome),
            Self::Seconds(outcome) => told.numbers(outcome as f64, -1.0),
            Self::Flag(outcome) => told.words([outcome.into(), 0, 0]),
            Self::Nothing => {}
        }
    }
}

fn enrolled(outcome: &twinlock::Enrolled) -> Zeroizing<String> {
    json(&serde_json::json!({
        "authenticator_id": outcome.authenticator_id,
        "backup_codes": plain(&outcome.backup_codes),
        "assurance": outcome.assurance,
        "device": outcome.device,
        "verified_at": outcome.verified_at,
    }))
}

/// A refusal, by its place in the list of codes.
pub(crate) fn tell_error(error: &Error, told: &mut Told<'_>) {
    let code = error.code();
    let place = Code::ALL.iter().zip(0..).find(|(known, _)| **known == code).map_or(u32::MAX, |(_, place)| place);
    let count = if let Error::MoreCodesRequired { count } = error { u32::from(*count) } else { 0 };
    told.words([place, count, 0]);
    told.numbers(number(error.retry_after()), -1.0);
    told.text(0, &error.to_string());
}
