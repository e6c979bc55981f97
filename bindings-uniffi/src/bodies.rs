//! Bodies of the HTTP contract that are made on demand.

use twinlock::otp::Parameters;
use zeroize::Zeroizing;

use crate::errors::{Result, guarded, internal};
use crate::outcome::Enrollment;
use crate::step::StoredEvent;

/// The body of `POST /setup`: with two drawings of the QR code, so it takes a millisecond. A library built without PNG (for phones)
/// refuses with `configuration`: it has no server in it.
#[uniffi::export]
pub fn enrollment_body(enrollment: Enrollment) -> Result<String> {
    guarded(|| {
        let Enrollment { setup, secret, uri, expires_at, account_name, issuer, digits, period } = enrollment;
        let (secret, uri) = (Zeroizing::new(secret), Zeroizing::new(uri));
        let algorithm = Parameters::default().algorithm; // no body shows it
        let parameters = Parameters::new(algorithm, digits, period).map_err(internal)?;
        let enrollment = twinlock::Enrollment { setup, secret, uri, expires_at, account_name, issuer, parameters };
        body(&enrollment)
    })
}

#[cfg(feature = "png")]
fn body(enrollment: &twinlock::Enrollment) -> twinlock::Result<String> {
    Ok(enrollment.body()?.to_string())
}

#[cfg(not(feature = "png"))]
fn body(_: &twinlock::Enrollment) -> twinlock::Result<String> {
    Err(crate::errors::left_out("PNG", "draw the SVG"))
}

/// An event as `GET /events` shows it.
#[uniffi::export]
pub fn event_body(event: StoredEvent) -> Result<String> {
    guarded(|| event.event().map(|event| event.to_json()).ok_or_else(|| internal("an event that nobody made")))
}
