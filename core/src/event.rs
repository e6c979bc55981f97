//! Audit events: what happened to a user's second factor. No event holds a code, a digit of one, a secret or a token.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::detail::Detail;

/// One line of the audit log.
///
/// ```
/// use twinlock::{Event, EventKind};
///
/// fn worth_a_mail(event: &Event) -> bool {
///     event.kind == EventKind::Disabled.as_str() || event.kind == EventKind::AttackSuspected.as_str()
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// A UUIDv7, so that sorting by id is sorting by time.
    #[serde(serialize_with = "hex", deserialize_with = "unhex")]
    pub id: [u8; 16],
    /// Whose second factor.
    pub user_id: String,
    /// One of [`EventKind`]'s names; a newer release may have written others.
    #[serde(rename = "type")]
    pub kind: Cow<'static, str>,
    /// Unix seconds.
    pub at: u64,
    /// Whether what was tried succeeded.
    pub success: bool,
    /// `totp` or `backup_code`, where a code was presented.
    pub method: Option<Cow<'static, str>>,
    /// The operator who acted, where it was not the user.
    pub actor: Option<String>,
    /// What the host said about the request (address, agent).
    pub context: Option<String>,
    /// Further facts, by name.
    pub detail: Detail,
}

impl Event {
    /// The event as JSON text, `id` in hexadecimal.
    ///
    /// ```
    /// # use twinlock::testing::example_event;
    /// assert!(example_event().to_json().contains("\"type\":\"verified\""));
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        crate::json::text(self)
    }

    /// Reads what [`Event::to_json`] wrote, for storages that keep the text; `None` for anything else.
    ///
    /// ```
    /// # use twinlock::{Event, testing::example_event};
    /// let event = example_event();
    /// assert_eq!(Event::from_json(&event.to_json()), Some(event));
    /// assert_eq!(Event::from_json("{}"), None);
    /// ```
    #[must_use]
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The event's id as it is shown and as the cursor of a page: 32 hexadecimal digits.
    ///
    /// ```
    /// # use twinlock::testing::example_event;
    /// assert_eq!(example_event().id_text().len(), 32);
    /// ```
    #[must_use]
    pub fn id_text(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.id)
    }

    /// Reads the id of an event, as [`Event::id_text`] shows it; `None` for anything but 32 hexadecimal digits.
    ///
    /// ```
    /// # use twinlock::{Event, testing::example_event};
    /// let event = example_event();
    /// assert_eq!(Event::parse_id(&event.id_text()), Some(event.id));
    /// assert_eq!(Event::parse_id("+0000000000000000000000000000001"), None);
    /// ```
    #[must_use]
    pub fn parse_id(text: &str) -> Option<[u8; 16]> {
        data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?.try_into().ok()
    }
}

fn hex<S: Serializer>(id: &[u8; 16], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&data_encoding::HEXLOWER.encode(id))
}

fn unhex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 16], D::Error> {
    let text = String::deserialize(deserializer)?;
    // As it was written and no other way, unlike a cursor, which has been through others' hands.
    let id = data_encoding::HEXLOWER.decode(text.as_bytes()).ok().and_then(|id| id.try_into().ok());
    id.ok_or_else(|| D::Error::custom("an id is 32 hexadecimal digits"))
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// What an event tells.
        ///
        /// ```
        /// assert_eq!(twinlock::EventKind::Hardened.as_str(), "hardened");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum EventKind { $($(#[$doc])* $name),+ }

        impl EventKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name as it is stored.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

kinds! {
    /// Two-factor authentication was switched on.
    Enrolled = "enrolled",
    /// A further authenticator was added.
    AuthenticatorAdded = "authenticator_added",
    /// An operator brought an authenticator over from another system.
    AuthenticatorImported = "authenticator_imported",
    /// An authenticator has a new name.
    AuthenticatorRenamed = "authenticator_renamed",
    /// An authenticator was removed.
    AuthenticatorRemoved = "authenticator_removed",
    /// A second factor was proved.
    Verified = "verified",
    /// A second factor was not proved; `detail.reason` says why.
    Failed = "failed",
    /// A new set of backup codes replaced the old one.
    BackupCodesMade = "backup_codes_made",
    /// The user says the backup codes are saved.
    BackupCodesSaved = "backup_codes_saved",
    /// Few backup codes are left; `detail.left` says how many.
    BackupCodesLow = "backup_codes_low",
    /// A browser passed the second factor here for the first time.
    DeviceKnown = "device_known",
    /// The user trusts a browser to skip the code.
    DeviceTrusted = "device_trusted",
    /// A device was revoked.
    DeviceRevoked = "device_revoked",
    /// Two-factor authentication was switched off by the user.
    Disabled = "disabled",
    /// An operator wiped the second factor.
    Reset = "reset",
    /// An operator cleared the budgets.
    Unlocked = "unlocked",
    /// The password changed: sessions of trust ended.
    PasswordChanged = "password_changed",
    /// Somebody who knows the password is guessing codes.
    AttackSuspected = "attack_suspected",
    /// A budget is spent: only consecutive codes and backup codes are taken there now.
    Hardened = "hardened",
    /// An authenticator's last used step lay in the future and was set back.
    ClockAnomaly = "clock_anomaly",
    /// The record moved to the active key and newest format.
    Resealed = "resealed",
    /// Record and events were deleted.
    Erased = "erased",
}

/// An event as an operation notes it; id, user, time and context are added once, at the end.
pub(crate) struct Draft {
    pub(crate) kind: EventKind,
    pub(crate) success: bool,
    pub(crate) durable: bool,
    pub(crate) method: Option<&'static str>,
    pub(crate) actor: Option<String>,
    pub(crate) detail: Detail,
}

impl Draft {
    pub(crate) fn new(kind: EventKind) -> Self {
        Self { kind, success: true, durable: true, method: None, actor: None, detail: Detail::new() }
    }

    /// A refusal; `durable` only when it was counted.
    pub(crate) fn failed(reason: &'static str, method: &'static str, durable: bool) -> Self {
        Self { success: false, durable, method: Some(method), ..Self::new(EventKind::Failed) }.with("reason", reason)
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.detail.insert(name, value);
        self
    }

    pub(crate) fn by(mut self, actor: &str) -> Self {
        self.actor = Some(actor.to_owned());
        self
    }

    pub(crate) fn method(mut self, method: &'static str) -> Self {
        self.method = Some(method);
        self
    }
}
