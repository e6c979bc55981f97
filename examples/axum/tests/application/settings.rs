//! What the application starts with, and what it refuses to start with.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use twinlock::KeyRing;
use twinlock_example_axum::Settings;

fn read(variables: &[(&str, &str)]) -> Result<Settings, String> {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    Settings::read(|name| variables.get(name).map(|value| (*value).to_owned()), 8000).map_err(|error| error.0)
}

#[test]
fn production_makes_nothing_up() {
    let data = tempfile::tempdir().unwrap();
    let folder = ("TWINLOCK_DEMO_DATA", data.path().to_str().unwrap());
    let keys = KeyRing::generate("k1").unwrap().to_text();
    let (key, https) = (("TWINLOCK_KEYS", keys.as_str()), ("FRONTEND_URL", "https://app.example.com"));
    assert!(read(&[folder, key, https]).is_ok_and(|settings| settings.https() && !settings.dev_phone));
    for (refused, told) in [
        (vec![folder, https], "TWINLOCK_KEYS"),
        (vec![folder, key], "FRONTEND_URL"),
        (vec![folder, key, ("FRONTEND_URL", "http://app.example.com")], "https"),
        (vec![folder, key, https, ("TWINLOCK_DEV_PHONE", "1")], "pretend phone"),
        (vec![folder, key, https, ("APP_ENV", "test")], "APP_ENV"),
        (vec![folder, key, https, ("SIGN_IN_LIMIT", "0/minute")], "SIGN_IN_LIMIT"),
        (vec![folder, ("TWINLOCK_KEYS", "k1:short"), https], "TWINLOCK_KEYS"),
    ] {
        let error = read(&refused).err().expect(told);
        assert!(error.contains(told), "{error}");
        assert!(!error.contains("short"), "a refused key is not repeated");
    }
}

#[test]
fn development_makes_a_key_once_that_only_its_owner_may_read() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let development = [("APP_ENV", "development"), ("TWINLOCK_DEMO_DATA", data.to_str().unwrap())];
    let keys = |settings: Settings| settings.keys.to_text().to_string();
    let made = keys(read(&development).unwrap());
    assert_eq!(keys(read(&development).unwrap()), made);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&data), mode(&data.join("twinlock.keys"))), (0o700, 0o600));
    assert_eq!(fs::read_dir(&data).unwrap().count(), 1, "no draft is left");
}
