//! Keys and certificates, by the `openssl` of the machine, for servers that run as another user.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// A folder that the account of the servers may look into.
///
/// # Panics
/// When none can be made.
#[must_use]
pub fn readable_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    folder
}

/// Lets that account read these files.
///
/// # Panics
/// When one is missing.
pub fn readable(folder: &TempDir, names: &[&str]) {
    for name in names {
        std::fs::set_permissions(folder.path().join(name), PermissionsExt::from_mode(0o644)).unwrap();
    }
}

/// Runs `openssl` in a folder.
///
/// # Panics
/// When it fails.
pub fn openssl(folder: &Path, arguments: &[&str]) {
    let done = Command::new("openssl").args(arguments).current_dir(folder).output().expect("openssl runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// An authority, and a certificate of its for 127.0.0.1.
pub struct Papers {
    folder: TempDir,
}

impl Papers {
    /// Makes both, for two days.
    ///
    /// # Panics
    /// Where there is no `openssl`.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "this runs programs")]
    pub fn new() -> Self {
        let papers = Self { folder: readable_folder() };
        papers.sign("authority", &[]);
        let by_it =
            ["-CA", "authority.pem", "-CAkey", "authority.key", "-addext", "basicConstraints=critical,CA:FALSE"];
        let for_it = ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "extendedKeyUsage=serverAuth,clientAuth"];
        papers.sign("node", &[by_it.as_slice(), &for_it].concat());
        readable(&papers.folder, &["authority.pem", "node.pem", "node.key"]);
        papers
    }

    fn sign(&self, name: &str, more: &[&str]) {
        let (key, certificate, subject) = (format!("{name}.key"), format!("{name}.pem"), format!("/CN={name}"));
        let new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
        let names = ["-keyout", &key, "-out", &certificate, "-subj", &subject];
        openssl(self.folder.path(), &[new.as_slice(), &names, more].concat());
    }

    /// Where `authority.pem`, `node.pem` or `node.key` is.
    ///
    /// # Panics
    /// When the path is no text.
    #[must_use]
    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// What stands in it.
    ///
    /// # Panics
    /// When there is no such file.
    #[must_use]
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }
}
