//! Randomness, from the operating system on every call.
//!
//! Never from a thread-local generator: those repeat themselves in forked workers, which would repeat secrets and nonces.

use std::sync::Arc;

use rand::{TryRng, rngs::SysRng};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::seal::NONCE;

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
    /// The next seal's nonce, once one was asked for: what is random in all of this decision's, then the seal's number.
    next_nonce: Option<[u8; NONCE]>,
}

/// What most decisions need: their nonces, a device's id and two event ids. A whole block of the system's generator.
const POOL: usize = 64;
/// Bytes of a nonce that are drawn.
const DRAWN: usize = NONCE - size_of::<u32>();

impl Entropy {
    pub(crate) fn new(source: Arc<dyn EntropySource>) -> Self {
        Self { source, pool: Zeroizing::new([0; POOL / 8]), used: POOL, next_nonce: None }
    }

    /// A nonce for sealing: 20 bytes drawn once for the decision, and the number of its seal.
    ///
    /// XAES-256-GCM (C2SP) is safe while no two messages under one key have the same 24 bytes. Those of one decision differ in
    /// their number, under one key or several. Those of different decisions differ in 160 random bits: after 2^48 decisions
    /// two of them agree with a probability of 2^-65. Nonces tell who knows them what was sealed together, which is no secret.
    pub(crate) fn nonce(&mut self) -> Result<[u8; NONCE], Error> {
        let nonce = match self.next_nonce {
            Some(next) => next,
            None => first_nonce(self.take()?),
        };
        self.next_nonce = Some(numbered_next(nonce)?);
        Ok(nonce)
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

fn first_nonce(drawn: [u8; DRAWN]) -> [u8; NONCE] {
    let mut nonce = [0; NONCE];
    if let Some(place) = nonce.first_chunk_mut() {
        *place = drawn;
    }
    nonce
}

fn numbered_next(mut nonce: [u8; NONCE]) -> Result<[u8; NONCE], Error> {
    if let Some(number) = nonce.last_chunk_mut() {
        let next = u32::from_be_bytes(*number).checked_add(1);
        *number = next.ok_or_else(|| Error::internal("too many seals in one decision"))?.to_be_bytes();
    }
    Ok(nonce)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn os() -> Entropy {
        Entropy::new(Arc::new(OsEntropy))
    }

    #[test]
    fn seals_of_one_decision_never_share_a_nonce() {
        let mut entropy = os();
        let nonces: Vec<_> = (0..300).map(|_| entropy.nonce().unwrap()).collect();
        for (index, nonce) in nonces.iter().enumerate() {
            assert!(nonces.iter().skip(index + 1).all(|other| other != nonce), "seal {index}");
        }
        entropy.next_nonce = Some([0xff; NONCE]);
        assert!(entropy.nonce().is_err(), "the number must not begin anew");
    }

    #[test]
    fn seals_of_different_decisions_share_nothing_that_is_drawn() {
        let mut drawn: Vec<[u8; DRAWN]> = Vec::new();
        for _ in 0..300 {
            let nonce = os().nonce().unwrap();
            let random = *nonce.first_chunk::<DRAWN>().unwrap();
            assert!(!drawn.iter().any(|other| other.first_chunk::<12>() == random.first_chunk::<12>()));
            assert!(!drawn.iter().any(|other| other.last_chunk::<8>() == random.last_chunk::<8>()));
            drawn.push(random);
        }
    }

    #[test]
    fn no_byte_is_handed_out_twice() {
        let mut entropy = os();
        let mut taken: Vec<[u8; 16]> = Vec::new();
        for _ in 0..300 {
            let bytes = entropy.take().unwrap();
            assert!(!taken.contains(&bytes));
            taken.push(bytes);
        }
    }
}
