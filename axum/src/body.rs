//! Request bodies: read at most 10 kB of JSON, then take each member in exactly the type that the contract says.
//!
//! Members that the contract does not know are never looked at: a `user_id` in a body means nothing.

use std::fmt;

use axum::body::Body as Incoming;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use http_body_util::BodyExt;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use twinlock::Code;

use crate::problems::{Refused, refused};

const LIMIT: usize = 10_000;
/// Deeper than that nothing of ours goes.
const DEPTH: u8 = 32;

/// The members of a JSON object, taken by name. `null` counts as absent.
#[derive(Default)]
pub(crate) struct Body(Map<String, Value>);

impl Body {
    pub(crate) fn optional_text(&self, name: &str) -> Result<Option<&str>, Refused> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if !text.contains(NO_TEXT) => Ok(Some(text)),
            Some(_) => Err(refused(Code::MalformedRequest)),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<&str, Refused> {
        self.optional_text(name)?.ok_or_else(|| refused(Code::MalformedRequest))
    }

    /// `true` or `false`; absent is false.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, Refused> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(refused(Code::MalformedRequest)),
        }
    }

    /// The code: a text. A number would have lost its leading zeros.
    pub(crate) fn code(&self) -> Result<&str, Refused> {
        match self.0.get("code") {
            None | Some(Value::Null) => Err(refused(Code::MalformedRequest)),
            Some(Value::String(code)) => Ok(code),
            Some(_) => Err(refused(Code::MalformedCode)),
        }
    }

    /// The codes that followed; how many there must be is the engine's rule.
    pub(crate) fn next_codes(&self) -> Result<Vec<&str>, Refused> {
        match self.0.get("next_codes") {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(codes)) => {
                codes.iter().map(|code| code.as_str().ok_or_else(|| refused(Code::MalformedCode))).collect()
            }
            Some(_) => Err(refused(Code::MalformedCode)),
        }
    }
}

/// Reads the body of a request; no body at all is an empty object.
pub(crate) async fn read(request: &Parts, body: Incoming) -> Result<Body, Refused> {
    let declared = request.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if declared.and_then(|length| length.parse::<u64>().ok()).is_some_and(|length| length > LIMIT as u64) {
        return Err(refused(Code::TooLarge));
    }
    let bytes = limited(body).await?;
    if bytes.is_empty() {
        return Ok(Body::default());
    }
    let kind = request.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if !kind.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("application/json") {
        return Err(refused(Code::NotJson));
    }
    parse(&bytes).ok_or_else(|| refused(Code::MalformedRequest))
}

async fn limited(mut body: Incoming) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| refused(Code::MalformedRequest))?;
        if let Ok(data) = frame.into_data() {
            if bytes.len() + data.len() > LIMIT {
                return Err(refused(Code::TooLarge));
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes)
}

/// Takes a body that nobody read off the connection, so that it can serve the next request; a large one ends it.
pub(crate) async fn pass_over(request: &Parts, body: Incoming) {
    let declared = request.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if declared.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length <= LIMIT) {
        // Whatever comes of it, the answer is made.
        let _ = limited(body).await;
    }
}

/// What stands for half a surrogate pair: a code point that Unicode keeps out of interchange.
const NO_TEXT: char = '\u{ffff}';

/// JSON may hold half a surrogate pair, which is no text: where nobody reads it, it does no harm.
fn without_lone_surrogates(bytes: &[u8]) -> Vec<u8> {
    let mut mended = bytes.to_vec();
    let mut place = 0;
    while let Some(found) = mended.get(place..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\')) {
        place += found;
        let Some(unit) = escaped(&mended, place) else {
            place += 2;
            continue;
        };
        let low = escaped(&mended, place + 6).is_some_and(|next| (0xdc00..0xe000).contains(&next));
        if (0xd800..0xdc00).contains(&unit) && low {
            place += 12;
            continue;
        }
        if (0xd800..0xe000).contains(&unit) {
            mended.iter_mut().skip(place + 2).take(4).for_each(|digit| *digit = b'f');
        }
        place += 6;
    }
    mended
}

/// The UTF-16 unit of the `\uXXXX` that stands there.
fn escaped(bytes: &[u8], place: usize) -> Option<u32> {
    let digits = bytes.get(place..place + 6)?.strip_prefix(b"\\u")?;
    let text = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u32::from_str_radix(text, 16).ok()
}

fn parse(bytes: &[u8]) -> Option<Body> {
    let bytes = without_lone_surrogates(bytes);
    let mut deserializer = serde_json::Deserializer::from_slice(&bytes);
    let value = Strict(DEPTH).deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    match value {
        Value::Object(members) => Some(Body(members)),
        _ => None,
    }
}

/// Any JSON value in which no object has two members of one name: two parsers read such a text differently.
struct Strict(u8);

impl Strict {
    fn inner<E: serde::de::Error>(&self) -> Result<Self, E> {
        self.0.checked_sub(1).map(Self).ok_or_else(|| E::custom("too deep"))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self.inner()?)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(self.inner()?)?;
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a member stands twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_surrogate_pair_is_no_text_and_a_whole_one_is() {
        let told = |text: &str| parse(text.as_bytes()).map(|body| body.0["a"].as_str().map(str::to_owned));
        assert_eq!(told(r#"{"a": "\ud83d\ude00"}"#), Some(Some("\u{1f600}".to_owned())));
        assert_eq!(told(r#"{"a": "x\ud800y"}"#), Some(Some("x\u{ffff}y".to_owned())));
        assert_eq!(told(r#"{"a": "\ude00\ud800\\ud800"}"#), Some(Some("\u{ffff}\u{ffff}\\ud800".to_owned())));
    }

    #[test]
    fn a_member_that_stands_twice_is_read_by_nobody() {
        assert!(parse(br#"{"a": 1, "a": 2}"#).is_none());
        assert!(parse(br#"{"a": {"b": 1, "b": 2}}"#).is_none());
        assert!(parse(br#"{"a": 1} {}"#).is_none());
    }
}
