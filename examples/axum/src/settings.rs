//! Every setting, read once. Production is the default and makes nothing up: without keys it refuses to start.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use twinlock::KeyRing;
use url::{Host, Url};
use uuid::Uuid;

/// The person who starts the application must change something; the text says what.
#[derive(Debug)]
pub struct SettingsError(pub String);

impl std::fmt::Display for SettingsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SettingsError {}

fn refused<T>(text: impl Into<String>) -> Result<T, SettingsError> {
    Err(SettingsError(text.into()))
}

/// What [`Settings::read`] gives; tests fill it in themselves.
pub struct Settings {
    /// Folder of the two SQLite files (`users.db`, `2fa.db`) and of a key that was made here.
    pub data: PathBuf,
    /// The key ring of the second factor.
    pub keys: KeyRing,
    /// The address that people open, such as `https://app.example.com`. Over https cookies are `__Host-` and `Secure`, and the proxy
    /// that ends TLS is believed.
    pub origin: String,
    /// Made for trying: a key of its own, another issuer.
    pub development: bool,
    /// Shows the pretend phone; never in production.
    pub dev_phone: bool,
    /// Sign-ins per address and minute, questions for the password per account and minute.
    pub tries_per_minute: u32,
}

impl Settings {
    /// Whether people come over https.
    #[must_use]
    pub fn https(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// A cookie's name: with https only this very host can have set it.
    #[must_use]
    pub fn cookie_name(&self, name: &str) -> String {
        if self.https() { format!("__Host-{name}") } else { name.to_owned() }
    }

    /// Reads the settings by their names, as `std::env::var` gives them.
    ///
    /// # Errors
    /// [`SettingsError`] for what must not be: no key in production, the pretend phone there, plain http for others than this machine.
    pub fn read(variable: impl Fn(&str) -> Option<String>, port: u16) -> Result<Self, SettingsError> {
        let development = match variable("APP_ENV").as_deref().unwrap_or("production") {
            "development" => true,
            "production" => false,
            _ => return refused("APP_ENV must be 'development' or 'production'"),
        };
        let dev_phone = variable("TWINLOCK_DEV_PHONE").as_deref() == Some("1");
        if dev_phone && !development {
            return refused("the pretend phone shows codes on screen: unset TWINLOCK_DEV_PHONE in production");
        }
        let here = development.then(|| format!("http://127.0.0.1:{port}"));
        let data = variable("TWINLOCK_DEMO_DATA").map_or_else(|| PathBuf::from(".demo/axum"), PathBuf::from);
        let settings = Self {
            origin: origin(&variable("FRONTEND_URL").or(here).unwrap_or_default())?,
            tries_per_minute: limit(variable("SIGN_IN_LIMIT").as_deref().unwrap_or("30/minute"))?,
            keys: keys(&variable, &data, development)?,
            data,
            development,
            dev_phone,
        };
        make_folder(&settings.data).or_else(|error| refused(format!("{}: {error}", settings.data.display())))?;
        Ok(settings)
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn limit(text: &str) -> Result<u32, SettingsError> {
    let tries = text.strip_suffix("/minute").and_then(|tries| tries.parse().ok()).filter(|tries| *tries > 0);
    tries.map_or_else(|| refused("SIGN_IN_LIMIT is written such as 30/minute"), Ok)
}

fn origin(text: &str) -> Result<String, SettingsError> {
    let address = Url::parse(text).ok().filter(|address| ["http", "https"].contains(&address.scheme()));
    let Some(address) = address else {
        return refused("set FRONTEND_URL to the address people open, such as https://app.example.com");
    };
    let loopback = match address.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if address.scheme() == "http" && !loopback {
        return refused("FRONTEND_URL must be https:// for any address but this machine");
    }
    Ok(address.origin().ascii_serialization())
}

fn keys(variable: &impl Fn(&str) -> Option<String>, data: &Path, development: bool) -> Result<KeyRing, SettingsError> {
    let text = match (variable("TWINLOCK_KEYS"), variable("TWINLOCK_KEYS_FILE")) {
        (Some(text), _) => text,
        (None, Some(file)) => fs::read_to_string(&file).or_else(|error| refused(format!("{file}: {error}")))?,
        (None, None) if development => made_once(data).or_else(|error| refused(format!("twinlock.keys: {error}")))?,
        (None, None) => {
            return refused(
                "no key seals the second factors: set TWINLOCK_KEYS to what the argument `keygen` prints, \
                 or try it out with: make demo-axum",
            );
        }
    };
    KeyRing::parse(text.trim()).or_else(|error| refused(format!("TWINLOCK_KEYS: {error}")))
}

/// The key in the data folder; a new one when there is none. It appears whole or not at all, so two that start together agree.
fn made_once(data: &Path) -> io::Result<String> {
    make_folder(data)?;
    let kept = data.join("twinlock.keys");
    if !kept.exists() {
        let draft = data.join(format!("twinlock.keys.{}", Uuid::new_v4()));
        let ring = KeyRing::generate("demo").map_err(io::Error::other)?;
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?
            .write_all(ring.to_text().as_bytes())?;
        let published = fs::hard_link(&draft, &kept);
        fs::remove_file(&draft)?;
        published.or_else(|error| if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })?;
    }
    fs::read_to_string(kept)
}
