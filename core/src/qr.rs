//! QR codes, so that a secret gets onto a phone without being typed: SVG, PNG, terminal text.
//!
//! A QR code of an enrollment *is* its secret: show it once, never log or cache it. What is drawn
//! here carries no title or other text that would repeat it.

use core::{fmt, fmt::Write as _};

use fast_qr::{ECL, QRBuilder};
use zeroize::Zeroizing;

/// Light modules around the code that a reader needs (ISO/IEC 18004 §9.1).
const QUIET_ZONE: usize = 4;
/// Pixels to a module: a version-6 code becomes about 300 pixels wide.
#[cfg(feature = "png")]
const PNG_SCALE: usize = 6;
/// The pixels of a light module in one row.
#[cfg(feature = "png")]
const LIGHT: u32 = (1 << PNG_SCALE) - 1;

/// A QR code: black modules on white, with its quiet zone.
///
/// ```
/// use twinlock::qr::QrCode;
///
/// let code = QrCode::new("otpauth://totp/ada?secret=GEZDGNBVGY3TQOJQ")?;
/// assert!(code.svg().starts_with("<svg "));
/// assert_eq!(code.width() % 4, 1); // modules without the quiet zone: 21, 25, 29, …
/// # Ok::<(), twinlock::qr::QrError>(())
/// ```
#[derive(Clone)]
pub struct QrCode {
    /// Row by row, true where dark, without the quiet zone.
    modules: Zeroizing<Vec<bool>>,
    width: usize,
}

/// Why a QR code cannot be made. The caller's mistake.
///
/// ```
/// use twinlock::qr::{QrCode, QrError};
///
/// assert_eq!(QrCode::new(&"x".repeat(3_000)).unwrap_err(), QrError::TooLong);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QrError {
    /// More than the largest QR code holds, about 2,900 bytes.
    #[error("the text is too long for a QR code")]
    TooLong,
    /// The PNG could not be written; with an image of this size that does not happen.
    #[error("the picture could not be written")]
    Picture,
}

impl QrCode {
    /// Encodes a text, with error correction M (15 % may be damaged), or L where only that fits.
    ///
    /// # Errors
    /// [`QrError::TooLong`].
    ///
    /// ```
    /// assert!(twinlock::qr::QrCode::new("HELLO").is_ok());
    /// ```
    pub fn new(text: &str) -> Result<Self, QrError> {
        let encoded = |level| QRBuilder::new(text).ecl(level).build();
        let code = encoded(ECL::M).or_else(|_| encoded(ECL::L)).map_err(|_| QrError::TooLong)?;
        let count = code.size.saturating_mul(code.size);
        let modules = code.data.iter().take(count).map(|module| module.value());
        Ok(Self { modules: Zeroizing::new(modules.collect()), width: code.size })
    }

    /// Modules in a row, without the quiet zone: 21 to 177.
    ///
    /// ```
    /// assert_eq!(twinlock::qr::QrCode::new("HELLO")?.width(), 21);
    /// # Ok::<(), twinlock::qr::QrError>(())
    /// ```
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether the module in this row and column is dark; outside the code all is light.
    ///
    /// ```
    /// let code = twinlock::qr::QrCode::new("HELLO")?;
    /// assert!(code.is_dark(0, 0)); // the corner of the finder pattern
    /// assert!(!code.is_dark(21, 0));
    /// # Ok::<(), twinlock::qr::QrError>(())
    /// ```
    #[must_use]
    pub fn is_dark(&self, row: usize, column: usize) -> bool {
        let index = row.saturating_mul(self.width).saturating_add(column);
        column < self.width && self.modules.get(index).copied().unwrap_or(false)
    }

    /// A scalable picture: one white rectangle, one black path, `viewBox` in modules, no size, no
    /// style, no script, so that any Content-Security-Policy lets it be.
    ///
    /// ```
    /// let svg = twinlock::qr::QrCode::new("HELLO")?.svg();
    /// assert!(svg.contains(r#"viewBox="0 0 29 29""#)); // 21 modules and two quiet zones
    /// assert_eq!(svg.matches("<path").count(), 1);
    /// # Ok::<(), twinlock::qr::QrError>(())
    /// ```
    #[must_use]
    pub fn svg(&self) -> String {
        let side = self.side();
        let mut path = String::new();
        for row in 0..self.width {
            for (column, length) in self.dark_runs(row) {
                let (x, y) = (with_margin(column), with_margin(row));
                // Writing to a string cannot fail.
                let _ = write!(path, "M{x} {y}h{length}v1h-{length}z");
            }
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" role=\"img\" \
             aria-label=\"QR code\" shape-rendering=\"crispEdges\">\
             <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>\
             <path fill=\"#000\" d=\"{path}\"/></svg>"
        )
    }

    /// A PNG of one bit per pixel and 6 pixels per module.
    ///
    /// # Errors
    /// [`QrError::Picture`], which does not happen in practice.
    ///
    /// ```
    /// let png = twinlock::qr::QrCode::new("HELLO")?.png()?;
    /// assert!(png.starts_with(b"\x89PNG"));
    /// # Ok::<(), twinlock::qr::QrError>(())
    /// ```
    #[cfg(feature = "png")]
    pub fn png(&self) -> Result<Vec<u8>, QrError> {
        let pixels = self.side().saturating_mul(PNG_SCALE);
        let side = u32::try_from(pixels).map_err(|_| QrError::Picture)?;
        let mut picture = Vec::new();
        let mut encoder = png::Encoder::new(&mut picture, side, side);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        encoder.set_compression(png::Compression::Fast);
        encoder.set_filter(png::Filter::Up); // five rows of six repeat the one above
        let mut writer = encoder.write_header().map_err(|_| QrError::Picture)?;
        writer.write_image_data(&self.bitmap(pixels)).map_err(|_| QrError::Picture)?;
        writer.finish().map_err(|_| QrError::Picture)?;
        Ok(picture)
    }

    /// The PNG as `data:image/png;base64,…`, for the `src` of an image.
    ///
    /// # Errors
    /// [`QrError::Picture`], which does not happen in practice.
    ///
    /// ```
    /// let uri = twinlock::qr::QrCode::new("HELLO")?.data_uri()?;
    /// assert!(uri.starts_with("data:image/png;base64,iVBORw0KGgo"));
    /// # Ok::<(), twinlock::qr::QrError>(())
    /// ```
    #[cfg(feature = "png")]
    pub fn data_uri(&self) -> Result<String, QrError> {
        let mut uri = String::from("data:image/png;base64,");
        data_encoding::BASE64.encode_append(&self.png()?, &mut uri);
        Ok(uri)
    }

    /// Text for a terminal: half blocks, two modules to a character, in explicit black and white
    /// (ANSI 256-colour codes), so that it can be scanned from dark and light terminals alike.
    ///
    /// ```
    /// let text = twinlock::qr::QrCode::new("HELLO")?.text();
    /// assert_eq!(text.lines().count(), 15); // 29 rows, two to a line
    /// # Ok::<(), twinlock::qr::QrError>(())
    /// ```
    #[must_use]
    pub fn text(&self) -> String {
        const BLACK_ON_WHITE: &str = "\u{1b}[38;5;16;48;5;231m";
        const RESET: &str = "\u{1b}[0m\n";
        let mut text = String::new();
        for upper in (0..self.side()).step_by(2) {
            text.push_str(BLACK_ON_WHITE);
            for column in 0..self.side() {
                let lower = upper.saturating_add(1);
                text.push(match (self.dark_in_margin(upper, column), self.dark_in_margin(lower, column)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                });
            }
            text.push_str(RESET);
        }
        text
    }

    /// Modules in a row with both quiet zones.
    fn side(&self) -> usize {
        with_margin(with_margin(self.width))
    }

    /// As [`QrCode::is_dark`], counted from the corner of the quiet zone.
    fn dark_in_margin(&self, row: usize, column: usize) -> bool {
        match (row.checked_sub(QUIET_ZONE), column.checked_sub(QUIET_ZONE)) {
            (Some(row), Some(column)) => self.is_dark(row, column),
            _ => false,
        }
    }

    /// Start and length of every unbroken stretch of dark modules in a row.
    fn dark_runs(&self, row: usize) -> impl Iterator<Item = (usize, usize)> {
        let mut column = 0_usize;
        core::iter::from_fn(move || {
            let start = (column..self.width).find(|&column| self.is_dark(row, column))?;
            let end = (start..self.width).find(|&column| !self.is_dark(row, column)).unwrap_or(self.width);
            column = end;
            Some((start, end.saturating_sub(start)))
        })
    }

    /// Rows of pixels, eight to a byte, 1 is white; each row starts a new byte.
    #[cfg(feature = "png")]
    fn bitmap(&self, pixels: usize) -> Zeroizing<Vec<u8>> {
        let row_bytes = pixels.div_ceil(8);
        let mut bitmap = Zeroizing::new(Vec::with_capacity(row_bytes.saturating_mul(pixels)));
        for row in 0..self.side() {
            let start = bitmap.len();
            let (mut bits, mut count) = (0_u32, 0_usize);
            for column in 0..self.side() {
                bits = bits << PNG_SCALE | if self.dark_in_margin(row, column) { 0 } else { LIGHT };
                count = count.saturating_add(PNG_SCALE);
                while let Some(rest) = count.checked_sub(8) {
                    bitmap.push((bits >> rest).to_le_bytes()[0]);
                    count = rest;
                }
            }
            if count > 0 {
                bitmap.push((bits << 8_usize.saturating_sub(count)).to_le_bytes()[0]);
            }
            for _ in 1..PNG_SCALE {
                bitmap.extend_from_within(start..start.saturating_add(row_bytes));
            }
        }
        bitmap
    }
}

fn with_margin(modules: usize) -> usize {
    modules.saturating_add(QUIET_ZONE)
}

impl fmt::Debug for QrCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("QrCode").field("width", &self.width).finish_non_exhaustive()
    }
}
