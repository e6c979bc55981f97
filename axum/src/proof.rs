//! Where the tokens of the second factor live: one table of places for each way.
//!
//! | proof     | assurance                | device            | challenge, running setup | pending user |
//! |-----------|--------------------------|-------------------|--------------------------|--------------|
//! | `Session` | server-side session      | cookie            | server-side session      | session      |
//! | `Cookie`  | cookie                   | cookie            | cookie                   | -            |
//! | `Bearer`  | `Twinlock-Assurance`     | `Twinlock-Device` | the client keeps them    | -            |

use axum::http::request::Parts;
use serde_json::{Map, Value};

use crate::hooks::{Occasion, Verified};
use crate::place::{Place, Reader};
use crate::problems::Refused;
use crate::reply::Reply;

/// Where the proof of the second factor lives.
///
/// ```
/// use twinlock_axum::ProofMode;
///
/// # let pages_of_our_own = true;
/// let mode = if pages_of_our_own { ProofMode::Cookie } else { ProofMode::Bearer };
/// # assert_eq!(mode, ProofMode::Cookie);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofMode {
    /// In the server-side session of `tower-sessions`, whose id is rotated.
    #[cfg(feature = "sessions")]
    Session,
    /// In HttpOnly cookies of this host.
    Cookie,
    /// The client keeps it and sends it in headers, or it lives in the application's own token.
    Bearer,
}

// The token inside says until when it counts; browsers keep no cookie longer than this anyway.
const DEVICE_SECONDS: u32 = 400 * 24 * 3600;
const CHALLENGE_SECONDS: u32 = 15 * 60;
const SETUP_SECONDS: u32 = 15 * 60;

/// Reads and keeps assurance, device, challenge and setup in the places of one mode.
pub(crate) struct Places {
    pub(crate) mode: ProofMode,
    assurance: Place,
    device: Place,
    challenge: Place,
    setup: Place,
    pending: Place,
}

impl Places {
    pub(crate) fn new(
        mode: ProofMode,
        assurance: Option<Reader>,
        device: Option<Reader>,
        cookie_max_age: Option<u32>,
    ) -> Self {
        let device_cookie = Place::Cookie { name: "twinlock-device", max_age: Some(DEVICE_SECONDS) };
        let places = match mode {
            #[cfg(feature = "sessions")]
            ProofMode::Session => Self {
                mode,
                assurance: Place::Session("twinlock_assurance"),
                device: device_cookie,
                challenge: Place::Session("twinlock_challenge"),
                setup: Place::Session("twinlock_setup"),
                pending: Place::Session("twinlock_pending"),
            },
            ProofMode::Cookie => Self {
                mode,
                assurance: Place::Cookie { name: "twinlock-assurance", max_age: cookie_max_age },
                device: device_cookie,
                challenge: Place::Cookie { name: "twinlock-challenge", max_age: Some(CHALLENGE_SECONDS) },
                setup: Place::Cookie { name: "twinlock-setup", max_age: Some(SETUP_SECONDS) },
                pending: Place::Nowhere,
            },
            ProofMode::Bearer => Self {
                mode,
                assurance: Place::Header { name: "twinlock-assurance", member: "assurance" },
                device: Place::Header { name: "twinlock-device", member: "device" },
                challenge: Place::Nowhere,
                setup: Place::Nowhere,
                pending: Place::Nowhere,
            },
        };
        Self {
            assurance: assurance.map_or(places.assurance, Place::Held),
            device: device.map_or(places.device, Place::Held),
            ..places
        }
    }

    /// The proof that came with the request, unchecked.
    pub(crate) async fn assurance(&self, request: &Parts) -> Result<Option<String>, Refused> {
        self.assurance.read(request).await
    }

    /// The device token that came with the request, unchecked.
    pub(crate) async fn device(&self, request: &Parts) -> Result<Option<String>, Refused> {
        self.device.read(request).await
    }

    /// The challenge of the sign-in or step-up that this browser is in the middle of.
    pub(crate) async fn challenge(&self, request: &Parts) -> Result<Option<String>, Refused> {
        self.challenge.read(request).await
    }

    /// The setup that this browser began and has not confirmed.
    pub(crate) async fn setup(&self, request: &Parts) -> Result<Option<String>, Refused> {
        self.setup.read(request).await
    }

    /// The user who gave the right password in this session.
    pub(crate) async fn pending_user(&self, request: &Parts) -> Result<Option<String>, Refused> {
        self.pending.read(request).await
    }

    /// Whether a challenge is bound to the session that asked for it.
    pub(crate) fn knows_pending_user(&self) -> bool {
        !matches!(self.pending, Place::Nowhere)
    }

    /// A new session id.
    pub(crate) async fn rotate(&self, request: &Parts) -> Result<(), Refused> {
        match self.mode {
            #[cfg(feature = "sessions")]
            ProofMode::Session => crate::session::rotate(request).await,
            _ => {
                let _ = request;
                Ok(())
            }
        }
    }

    /// Remembers which challenge of which user this browser has to answer.
    pub(crate) async fn keep_challenge(
        &self,
        request: &Parts,
        reply: &mut Reply,
        challenge: &str,
        user_id: &str,
    ) -> Result<(), Refused> {
        self.challenge.write(request, reply, Some(challenge)).await?;
        self.pending.write(request, reply, Some(user_id)).await
    }

    /// Remembers the setup that runs, so that a page which was reloaded shows the same QR code.
    pub(crate) async fn keep_setup(&self, request: &Parts, reply: &mut Reply, setup: &str) -> Result<(), Refused> {
        self.setup.write(request, reply, Some(setup)).await
    }

    /// Stores the proof of a success; its challenge is done with. A known device stays known.
    pub(crate) async fn keep(&self, request: &Parts, reply: &mut Reply, verified: &Verified) -> Result<(), Refused> {
        self.assurance.write(request, reply, verified.assurance.as_deref()).await?;
        // A setup is confirmed or belongs to an earlier sign-in then; a step-up comes in the middle of one.
        if verified.occasion != Occasion::StepUp {
            self.setup.write(request, reply, None).await?;
        }
        if let Some(device) = &verified.device {
            self.device.write(request, reply, Some(device)).await?;
        }
        self.drop_challenge(request, reply).await
    }

    /// What the body of a success carries for a client that keeps its tokens itself.
    pub(crate) fn members(&self, verified: &Verified) -> Map<String, Value> {
        let tokens = [(&self.assurance, &verified.assurance), (&self.device, &verified.device)];
        let carried = tokens.into_iter().filter_map(|(place, token)| match (place, token) {
            (Place::Header { member, .. }, Some(token)) => Some(((*member).to_owned(), Value::from(token.as_str()))),
            _ => None,
        });
        carried.collect()
    }

    /// Drops the proof, at sign-out or when the second factor was switched off; the device stays known.
    pub(crate) async fn forget(&self, request: &Parts, reply: &mut Reply) -> Result<(), Refused> {
        self.assurance.write(request, reply, None).await?;
        self.setup.write(request, reply, None).await?;
        self.drop_challenge(request, reply).await
    }

    /// Forgets a challenge that is done with.
    pub(crate) async fn drop_challenge(&self, request: &Parts, reply: &mut Reply) -> Result<(), Refused> {
        self.challenge.write(request, reply, None).await?;
        self.pending.write(request, reply, None).await
    }
}
