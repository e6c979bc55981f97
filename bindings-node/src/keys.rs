//! The key ring.

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use twinlock::Error;
use zeroize::Zeroizing;

use crate::errors::{Result, guarded};

/// The keys that seal records and tokens.
#[napi]
pub struct KeyRing(pub(crate) twinlock::KeyRing);

#[napi]
impl KeyRing {
    /// Keys of 32 bytes and their ids, in the same order.
    #[napi(constructor)]
    pub fn new(ids: Vec<String>, keys: Vec<Uint8Array>) -> Result<Self> {
        guarded(|| {
            let mut ring = Vec::with_capacity(ids.len());
            for (id, key) in ids.into_iter().zip(keys) {
                let key = <[u8; 32]>::try_from(key.as_ref()).map(Zeroizing::new);
                ring.push((id, key.map_err(|_| Error::Configuration("a key must have 32 bytes".to_owned()))?));
            }
            twinlock::KeyRing::new(ring.iter().map(|(id, key)| (id, **key))).map(Self)
        })
    }

    /// Reads `id:base64,id:base64`.
    #[napi(factory)]
    pub fn from_text(text: String) -> Result<Self> {
        let text = Zeroizing::new(text);
        guarded(|| twinlock::KeyRing::parse(&text).map(Self))
    }

    /// A ring with one new random key.
    #[napi(factory)]
    pub fn generate(id: String) -> Result<Self> {
        guarded(|| twinlock::KeyRing::generate(&id).map(Self))
    }

    /// The keys as `from_text` reads them.
    #[napi]
    pub fn to_text(&self) -> String {
        self.0.to_text().to_string()
    }

    /// The id of the key that seals.
    #[napi(getter)]
    pub fn active_id(&self) -> &str {
        self.0.active_id()
    }

    /// The ids, for people.
    #[napi]
    pub fn describe(&self) -> String {
        format!("{:?}", self.0)
    }
}
