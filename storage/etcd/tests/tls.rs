//! Nodes that speak TLS, and to nobody who shows no certificate.

mod common;

use std::path::Path;
use std::process::Command;

use common::{IMPATIENT, Place};
use twinlock::AsyncStorage;
use twinlock_etcd::tls::{Certificate, ClientTlsConfig, Identity};
use twinlock_etcd::{ConnectError, EtcdStorage};
use twinlock_storage_testing::{Server, event, record};

/// An authority, and a certificate of its for 127.0.0.1.
struct Papers {
    folder: tempfile::TempDir,
}

impl Papers {
    fn new() -> Self {
        let papers = Self { folder: tempfile::tempdir().unwrap() };
        papers.sign("authority", &[]);
        let by_it =
            ["-CA", "authority.pem", "-CAkey", "authority.key", "-addext", "basicConstraints=critical,CA:FALSE"];
        let for_it = ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "extendedKeyUsage=serverAuth,clientAuth"];
        papers.sign("node", &[by_it.as_slice(), &for_it].concat());
        papers.readable();
        papers
    }

    fn sign(&self, name: &str, more: &[&str]) {
        let (key, certificate, subject) = (format!("{name}.key"), format!("{name}.pem"), format!("/CN={name}"));
        let mut command = Command::new("openssl");
        command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]);
        command.args(["-keyout", &key, "-out", &certificate, "-subj", &subject]).args(more);
        let done = command.current_dir(self.folder.path()).output().expect("openssl runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// For the account that the nodes run as.
    fn readable(&self) {
        use std::os::unix::fs::PermissionsExt;
        let allow = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
        allow(self.folder.path(), 0o755);
        ["authority.pem", "node.pem", "node.key"].iter().for_each(|name| allow(&self.folder.path().join(name), 0o644));
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    fn authority(&self) -> ClientTlsConfig {
        ClientTlsConfig::new().ca_certificate(Certificate::from_pem(self.read("authority.pem")))
    }

    fn identity(&self) -> Identity {
        Identity::from_pem(self.read("node.pem"), self.read("node.key"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_asked_for_on_both_sides() {
    let papers = Papers::new();
    let server = Server::start(
        "etcd-cluster",
        &[
            &format!("cert-file={}", papers.path("node.pem")),
            &format!("key-file={}", papers.path("node.key")),
            &format!("trusted-ca-file={}", papers.path("authority.pem")),
            "client-cert-auth=true",
        ],
    );
    let place = Place::of(&server);
    let known = place.options("tls").tls(papers.authority().identity(papers.identity()));
    let storage = EtcdStorage::connect(place.endpoints(), known).await.unwrap();
    assert!(storage.save("ada", None, &record(1), &[event("ada")]).await.unwrap());
    assert_eq!(storage.load("ada").await.unwrap(), Some(record(1)));

    let options = || place.options("tls").timeout(IMPATIENT);
    let stranger = options().tls(papers.authority());
    let untrusted = options().tls(ClientTlsConfig::new().with_native_roots().identity(papers.identity()));
    for (options, why) in [(stranger, "shows nothing"), (untrusted, "trusts others"), (options(), "is as it comes")] {
        let refused = EtcdStorage::connect(place.endpoints(), options).await;
        assert!(matches!(refused, Err(ConnectError::Storage(_))), "{why}: {refused:?}");
    }
    let in_clear = place.endpoints().into_iter().map(|url| url.replace("https", "http"));
    let refused = EtcdStorage::connect(in_clear, options()).await;
    assert!(matches!(refused, Err(ConnectError::Storage(_))), "{refused:?}");
}
