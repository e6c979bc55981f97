//! QR codes.

use twinlock::qr::QrCode;
use zeroize::Zeroizing;

use crate::errors::{Result, guarded, internal};

fn drawn(text: String) -> twinlock::Result<QrCode> {
    QrCode::new(&Zeroizing::new(text)).map_err(internal)
}

/// As SVG.
#[uniffi::export]
pub fn qr_svg(text: String) -> Result<String> {
    guarded(|| Ok(drawn(text)?.svg()))
}

/// For a terminal.
#[uniffi::export]
pub fn qr_text(text: String) -> Result<String> {
    guarded(|| Ok(drawn(text)?.text()))
}

/// As a PNG file. A library built without PNG (for phones) refuses with `configuration`.
#[uniffi::export]
pub fn qr_png(text: String) -> Result<Vec<u8>> {
    guarded(|| png(&drawn(text)?))
}

/// The PNG as a `data:` URI; as `qr_png`.
#[uniffi::export]
pub fn qr_data_uri(text: String) -> Result<String> {
    guarded(|| data_uri(&drawn(text)?))
}

#[cfg(feature = "png")]
fn png(code: &QrCode) -> twinlock::Result<Vec<u8>> {
    code.png().map_err(internal)
}

#[cfg(feature = "png")]
fn data_uri(code: &QrCode) -> twinlock::Result<String> {
    code.data_uri().map_err(internal)
}

#[cfg(not(feature = "png"))]
fn png(_: &QrCode) -> twinlock::Result<Vec<u8>> {
    Err(crate::errors::left_out("PNG", "draw the SVG"))
}

#[cfg(not(feature = "png"))]
fn data_uri(_: &QrCode) -> twinlock::Result<String> {
    Err(crate::errors::left_out("PNG", "draw the SVG"))
}
