//! The key ring.

use std::sync::Arc;

use twinlock::Error;
use zeroize::Zeroizing;

use crate::errors::{Result, guarded};

/// The keys that seal records and tokens.
#[derive(uniffi::Object)]
pub struct KeyRing(pub(crate) twinlock::KeyRing);

#[uniffi::export]
impl KeyRing {
    /// Keys of 32 bytes and their ids, in the same order; the first one seals.
    #[uniffi::constructor]
    pub fn new(ids: Vec<String>, keys: Vec<Vec<u8>>) -> Result<Arc<Self>> {
        let keys: Vec<_> = keys.into_iter().map(Zeroizing::new).collect();
        guarded(|| {
            if ids.len() != keys.len() {
                return Err(Error::Configuration("there must be as many ids as keys".to_owned()));
            }
            let mut ring = Vec::with_capacity(ids.len());
            for (id, key) in ids.into_iter().zip(&keys) {
                let key = <[u8; 32]>::try_from(key.as_slice()).map(Zeroizing::new);
                ring.push((id, key.map_err(|_| Error::Configuration("a key must have 32 bytes".to_owned()))?));
            }
            twinlock::KeyRing::new(ring.iter().map(|(id, key)| (id, **key))).map(Self).map(Arc::new)
        })
    }

    /// Reads `id:base64,id:base64`.
    #[uniffi::constructor]
    pub fn from_text(text: String) -> Result<Arc<Self>> {
        let text = Zeroizing::new(text);
        guarded(|| twinlock::KeyRing::parse(&text).map(Self).map(Arc::new))
    }

    /// A ring with one new random key.
    #[uniffi::constructor]
    pub fn generate(id: String) -> Result<Arc<Self>> {
        guarded(|| twinlock::KeyRing::generate(&id).map(Self).map(Arc::new))
    }

    /// The keys as `from_text` reads them.
    pub fn to_text(&self) -> String {
        self.0.to_text().to_string()
    }

    /// The id of the key that seals.
    pub fn active_id(&self) -> String {
        self.0.active_id().to_owned()
    }

    /// The ids, for people.
    pub fn describe(&self) -> String {
        format!("{:?}", self.0)
    }
}
