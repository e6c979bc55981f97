//! What an event tells beside its kind: one or two facts by name, so a list rather than a map.

use std::borrow::Cow;
use std::fmt;
use std::ops::Index;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// Further facts of an event, by name, in the order in which they were noted. A JSON object wherever it is stored.
///
/// ```
/// use twinlock::Detail;
///
/// let mut detail = Detail::new();
/// detail.insert("left", 3);
/// assert_eq!(detail.to_json(), r#"{"left":3}"#);
/// assert_eq!(Detail::from_json(r#"{"left":3}"#), Some(detail));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detail(Vec<(Cow<'static, str>, Value)>);

impl Detail {
    /// No facts.
    ///
    /// ```
    /// assert!(twinlock::Detail::new().is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fact; one of the same name is replaced.
    ///
    /// ```
    /// let mut detail = twinlock::Detail::new();
    /// detail.insert("reason", "wrong");
    /// detail.insert("reason", "used");
    /// assert_eq!(detail["reason"], "used");
    /// ```
    pub fn insert(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        let (name, value) = (name.into(), value.into());
        match self.0.iter_mut().find(|(other, _)| *other == name) {
            Some((_, place)) => *place = value,
            None => {
                self.0.reserve_exact(1); // most events hold one fact and are kept
                self.0.push((name, value));
            }
        }
    }

    /// The fact of that name.
    ///
    /// ```
    /// assert_eq!(twinlock::Detail::new().get("reason"), None);
    /// ```
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// All facts.
    ///
    /// ```
    /// assert_eq!(twinlock::Detail::new().iter().count(), 0);
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// Whether there are none.
    ///
    /// ```
    /// assert!(twinlock::Detail::new().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The facts as a JSON object: the text that is stored.
    ///
    /// ```
    /// assert_eq!(twinlock::Detail::new().to_json(), "{}");
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        crate::json::text(self)
    }

    /// Reads a JSON object; `None` for anything else.
    ///
    /// ```
    /// assert_eq!(twinlock::Detail::from_json("[]"), None);
    /// ```
    #[must_use]
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// `detail["reason"]`: null where there is no such fact.
impl Index<&str> for Detail {
    type Output = Value;

    fn index(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&Value::Null)
    }
}

impl Serialize for Detail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Detail {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Facts;
        impl<'de> Visitor<'de> for Facts {
            type Value = Detail;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Detail, A::Error> {
                let mut detail = Detail::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    detail.insert(name, value);
                }
                Ok(detail)
            }
        }
        deserializer.deserialize_map(Facts)
    }
}
