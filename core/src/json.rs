//! JSON text of result and problem bodies.

use serde::Serialize;

/// Our bodies are structs with string keys, whose serialisation cannot fail; an empty object stands for the impossible.
pub(crate) fn text(body: &impl Serialize) -> String {
    serde_json::to_string(body).unwrap_or_else(|_| "{}".to_owned())
}
