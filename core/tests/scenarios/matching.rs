//! Paths into a result and what may be expected of it.

use serde_json::Value;

/// The field at a path such as `devices.0.id`.
pub(crate) fn field<'v>(value: &'v Value, path: &str) -> &'v Value {
    path.split('.').fold(value, |value, part| match part.parse::<usize>() {
        Ok(index) => value.get(index).unwrap_or(&Value::Null),
        Err(_) => value.get(part).unwrap_or(&Value::Null),
    })
}

/// Why `actual` does not match, if it does not.
pub(crate) fn mismatch(expected: &Value, actual: &Value, at: &str) -> Option<String> {
    let wrong = || Some(format!("{at}: expected {expected}, got {actual}"));
    match (expected, actual) {
        (Value::Object(fields), _) => {
            fields.iter().find_map(|(path, expected)| mismatch(expected, field(actual, path), &format!("{at}.{path}")))
        }
        (Value::Array(items), Value::Array(others)) if items.len() == others.len() => {
            items.iter().zip(others).find_map(|(item, other)| mismatch(item, other, at))
        }
        (Value::Number(length), Value::Array(items)) if length.as_u64() == Some(items.len() as u64) => None,
        (Value::String(text), Value::Null) if text == "*" => wrong(),
        (Value::String(text), _) if text == "*" => None,
        _ if expected == actual => None,
        _ => wrong(),
    }
}
