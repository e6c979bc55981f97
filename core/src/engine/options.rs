//! The optional arguments of the operations.

#[cfg(doc)]
use crate::engine::Engine;
use crate::otp::Parameters;

/// Optional arguments of [`Engine::begin_enrollment`].
///
/// ```
/// let options = twinlock::BeginOptions { issuer: Some("Acme EU"), ..Default::default() };
/// assert!(options.setup.is_none());
/// ```
#[derive(Clone, Copy, Default)]
pub struct BeginOptions<'a> {
    /// A fresh proof, needed when the user has a second factor already.
    pub assurance: Option<&'a str>,
    /// The token of an earlier call: while it holds, the same secret is given again.
    pub setup: Option<&'a str>,
    /// Instead of the engine's issuer; at most 64 bytes.
    pub issuer: Option<&'a str>,
    /// What to note in events; at most 256 bytes.
    pub context: Option<&'a str>,
}

/// Optional arguments of [`Engine::confirm_enrollment`].
///
/// ```
/// let options = twinlock::ConfirmOptions { name: Some("Ada's phone"), ..Default::default() };
/// assert!(options.next_codes.is_empty());
/// ```
#[derive(Clone, Copy, Default)]
pub struct ConfirmOptions<'a> {
    /// The two codes that followed `code`, when three are asked for.
    pub next_codes: &'a [&'a str],
    /// What the user calls this authenticator; 1 to 64 bytes.
    pub name: Option<&'a str>,
    /// What to note in events and as the device's label; at most 256 bytes.
    pub context: Option<&'a str>,
}

/// What [`Engine::import_authenticator`] brings in.
///
/// ```
/// use twinlock::{Imported, ImportOptions};
///
/// let options = ImportOptions { imported: Imported::Uri("otpauth://totp/ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), ..ImportOptions::by("migration") };
/// assert_eq!(options.drift, 0);
/// ```
#[derive(Clone, Copy)]
pub struct ImportOptions<'a> {
    /// The secret, as URI or as base32.
    pub imported: Imported<'a>,
    /// What the user will see it called; 1 to 64 bytes.
    pub name: Option<&'a str>,
    /// The last time step the old system accepted, so that its code cannot be replayed here.
    pub last_used_step: Option<u64>,
    /// By how many steps the phone's clock is ahead; -20 to 20.
    pub drift: i8,
    /// Who imports; 1 to 128 bytes, in the event.
    pub actor: &'a str,
    /// What to note in events; at most 256 bytes.
    pub context: Option<&'a str>,
}

impl<'a> ImportOptions<'a> {
    /// Nothing but the actor; set `imported` beside it.
    ///
    /// ```
    /// assert_eq!(twinlock::ImportOptions::by("migration").actor, "migration");
    /// ```
    #[must_use]
    pub fn by(actor: &'a str) -> Self {
        Self { imported: Imported::Uri(""), name: None, last_used_step: None, drift: 0, actor, context: None }
    }
}

/// The form in which a secret is imported.
///
/// ```
/// use twinlock::{Imported, otp::Parameters};
///
/// let imported = Imported::Secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", Parameters::default());
/// assert!(matches!(imported, Imported::Secret(..)));
/// ```
#[derive(Clone, Copy)]
pub enum Imported<'a> {
    /// An `otpauth://` URI.
    Uri(&'a str),
    /// Base32 and its parameters; 80 bits suffice here.
    Secret(&'a str, Parameters),
}

/// Optional arguments of [`Engine::after_first_factor`].
///
/// ```
/// let options = twinlock::FirstFactorOptions { required: true, ..Default::default() };
/// assert!(!options.fresh);
/// ```
#[derive(Clone, Copy, Default)]
pub struct FirstFactorOptions<'a> {
    /// The device token of this browser.
    pub device: Option<&'a str>,
    /// This user must have a second factor.
    pub required: bool,
    /// Ask even a trusted browser: for step-up.
    pub fresh: bool,
    /// Comes back with the verification; at most 512 bytes, sealed.
    pub carry: Option<&'a str>,
    /// What to note in events; at most 256 bytes.
    pub context: Option<&'a str>,
}

/// Optional arguments of [`Engine::verify`].
///
/// ```
/// let options = twinlock::VerifyOptions { trust_device: true, ..Default::default() };
/// assert!(options.user_id.is_none());
/// ```
#[derive(Clone, Copy, Default)]
pub struct VerifyOptions<'a> {
    /// The two codes that followed `code`, when three are asked for.
    pub next_codes: &'a [&'a str],
    /// The user ticked "trust this browser"; heeded with a code of an authenticator, not with a backup code.
    pub trust_device: bool,
    /// Who is pending or signed in: a challenge of anybody else is refused before anything is compared.
    pub user_id: Option<&'a str>,
    /// What to note in events and as the device's label; at most 256 bytes.
    pub context: Option<&'a str>,
}
