//! Randomness, from the operating system on every call.
//!
//! Never from a thread-local generator: those repeat themselves in forked workers, which would repeat secrets and nonces.

use std::sync::Arc;

use rand::{TryRng, rngs::SysRng};
use zeroize::Zeroizing;

use crate::error::Error;

/// Where random bytes come from. The default, [`OsEntropy`], is the only one to use outside tests.
///
/// ```
/// use twinlock::{EntropySource, OsEntropy};
///
/// let mut bytes = [0; 16];
/// OsEntropy.fill(&mut bytes)?;
/// assert_ne!(bytes, [0; 16]);
/// # Ok::<(), twinlock::Error>(())
/// ```
pub trait EntropySource: Send + Sync {
    /// Fills `bytes` with random bytes fit for keys.
    ///
    /// # Errors
    /// [`Error::Internal`] when none are to be had; the operation is then refused.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Error>;
}

/// The operating system's generator, asked on every call.
///
/// ```
/// use twinlock::{EntropySource, OsEntropy};
///
/// assert!(OsEntropy.fill(&mut [0; 32]).is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

impl EntropySource for OsEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Error> {
        SysRng.try_fill_bytes(bytes).map_err(|_| Error::internal("the operating system gave no random bytes"))
    }
}

/// The random bytes of one decision, drawn in one system call.
pub(crate) struct Entropy {
    source: Arc<dyn EntropySource>,
    /// Words, because they are wiped one by one.
    pool: Zeroizing<[u64; POOL / 8]>,
    used: usize,
}

/// What any `verify` needs: three nonces, a device's id and some event ids. Two whole blocks of the system's generator.
const POOL: usize = 128;

impl Entropy {
    pub(crate) fn new(source: Arc<dyn EntropySource>) -> Self {
        Self { source, pool: Zeroizing::new([0; POOL / 8]), used: POOL }
    }

    /// The next `N` bytes. INVARIANT: no byte of the pool is handed out twice.
    pub(crate) fn take<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        if N > POOL {
            let mut bytes = [0; N];
            self.source.fill(&mut bytes)?;
            return Ok(bytes);
        }
        let pool: &mut [u8] = bytemuck::cast_slice_mut(self.pool.as_mut_slice());
        if POOL.saturating_sub(self.used) < N {
            self.source.fill(pool)?;
            self.used = 0;
        }
        let end = self.used.saturating_add(N);
        let mut bytes = [0; N];
        let Some(part) = pool.get_mut(self.used..end) else {
            return Err(Error::internal("the entropy pool is out of step"));
        };
        bytes.copy_from_slice(part);
        part.fill(0);
        self.used = end;
        Ok(bytes)
    }
}
