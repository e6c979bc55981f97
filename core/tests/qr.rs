//! The pictures show exactly the modules of the code, with a quiet zone, and say nothing in words.
//! That scanners read them is tested where zbarimg is at hand, through the applications.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

use proptest::prelude::*;
use twinlock::qr::{QrCode, QrError};

const QUIET_ZONE: usize = 4;

/// A picture as rows of modules, true where dark.
type Modules = Vec<Vec<bool>>;

/// What every picture must show.
fn expected(code: &QrCode) -> Modules {
    let side = code.width() + 2 * QUIET_ZONE;
    let inside = |row: usize, column: usize| {
        row >= QUIET_ZONE && column >= QUIET_ZONE && code.is_dark(row - QUIET_ZONE, column - QUIET_ZONE)
    };
    (0..side).map(|row| (0..side).map(|column| inside(row, column)).collect()).collect()
}

fn from_svg(svg: &str) -> Modules {
    let after = |start: &str| svg.split_once(start).expect(start).1;
    let side = after("viewBox=\"0 0 ").split(' ').next().expect("a width");
    let side: usize = side.parse().expect("a number");
    let mut modules = vec![vec![false; side]; side];
    let path = after("<path fill=\"#000\" d=\"M").split('"').next().expect("a path");
    for run in path.split('M') {
        let (x, rest) = run.split_once(' ').expect("x");
        let (y, rest) = rest.split_once('h').expect("y");
        let (length, back) = rest.split_once("v1h-").expect("a length");
        assert_eq!(back, format!("{length}z"));
        let x: usize = x.parse().expect("x");
        let row = modules.get_mut(y.parse::<usize>().expect("y")).expect("a row");
        for module in &mut row[x..x + length.parse::<usize>().expect("a length")] {
            *module = true;
        }
    }
    modules
}

fn from_text(text: &str) -> Modules {
    let mut modules = Vec::new();
    for line in text.lines() {
        let line = line.strip_prefix("\u{1b}[38;5;16;48;5;231m").expect("black on white");
        let line = line.strip_suffix("\u{1b}[0m").expect("a reset");
        modules.push(line.chars().map(|half| "█▀".contains(half)).collect());
        modules.push(line.chars().map(|half| "█▄".contains(half)).collect());
    }
    modules
}

#[cfg(feature = "png")]
fn from_png(picture: &[u8]) -> Modules {
    let mut reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut pixels).expect("a frame");
    assert_eq!(info.color_type, png::ColorType::Grayscale);
    assert_eq!(info.bit_depth, png::BitDepth::One);
    assert_eq!(info.width, info.height);
    let side = info.width as usize;
    let dark = |x: usize, y: usize| pixels[y * info.line_size + x / 8] >> (7 - x % 8) & 1 == 0;
    let modules: Modules =
        (0..side / 6).map(|row| (0..side / 6).map(|column| dark(column * 6, row * 6)).collect()).collect();
    for y in 0..side {
        for x in 0..side {
            assert_eq!(dark(x, y), modules[y / 6][x / 6], "pixel {x}, {y}");
        }
    }
    modules
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn all_pictures_show_the_same_modules(text in "\\PC{0,300}") {
        let code = QrCode::new(&text).expect("short enough");
        let expected = expected(&code);
        prop_assert_eq!(&from_svg(&code.svg()), &expected);
        // The side is odd, so the last line of text has half a row to spare: it is light.
        let mut padded = expected.clone();
        padded.push(vec![false; expected.len()]);
        prop_assert_eq!(&from_text(&code.text()), &padded);
        #[cfg(feature = "png")]
        prop_assert_eq!(&from_png(&code.png().expect("a picture")), &expected);
    }
}

#[test]
fn finder_patterns_stand_in_three_corners() {
    let code = QrCode::new("otpauth://totp/ada?secret=GEZDGNBVGY3TQOJQ").expect("a code");
    let far = code.width() - 7;
    for (top, left) in [(0, 0), (0, far), (far, 0)] {
        for offset in 0..7 {
            for (row, column) in [(0, offset), (6, offset), (offset, 0), (offset, 6)] {
                assert!(code.is_dark(top + row, left + column));
            }
        }
        assert!(!code.is_dark(top + 1, left + 1) && code.is_dark(top + 3, left + 3));
    }
}

#[test]
fn no_picture_repeats_the_text_in_words() {
    let text = "otpauth://totp/ada?secret=GEZDGNBVGY3TQOJQ";
    let code = QrCode::new(text).expect("a code");
    for shown in [code.svg(), code.text(), format!("{code:?}")] {
        for part in [text, "otpauth", "ada", "GEZD"] {
            assert!(!shown.contains(part));
        }
    }
    assert!(!code.svg().contains("<title") && code.svg().contains("role=\"img\""));
}

#[test]
fn long_texts_take_less_error_correction_and_too_long_ones_are_refused() {
    // 2,331 bytes is what M holds at most, 2,953 what L holds.
    for (length, fits) in [(2_331, true), (2_332, true), (2_953, true), (2_954, false)] {
        let code = QrCode::new(&"x".repeat(length));
        assert_eq!(code.is_ok(), fits, "{length}");
        if let Err(error) = code {
            assert_eq!(error, QrError::TooLong);
        }
    }
}

#[cfg(feature = "png")]
#[test]
fn the_data_uri_is_the_picture_in_base64() {
    let code = QrCode::new("HELLO").expect("a code");
    let uri = code.data_uri().expect("a picture");
    let base64 = uri.strip_prefix("data:image/png;base64,").expect("the prefix");
    let picture = data_encoding::BASE64.decode(base64.as_bytes()).expect("base64");
    assert_eq!(picture, code.png().expect("a picture"));
}
