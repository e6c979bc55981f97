//! Nodes that speak TLS, and to nobody who shows no certificate.

mod common;

use common::{IMPATIENT, Place};
use twinlock::AsyncStorage;
use twinlock_etcd::tls::{Certificate, ClientTlsConfig, Identity};
use twinlock_etcd::{ConnectError, EtcdStorage};
use twinlock_storage_testing::{Papers, Server, event, record};

fn authority(papers: &Papers) -> ClientTlsConfig {
    ClientTlsConfig::new().ca_certificate(Certificate::from_pem(papers.read("authority.pem")))
}

fn identity(papers: &Papers) -> Identity {
    Identity::from_pem(papers.read("node.pem"), papers.read("node.key"))
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
    let known = place.options("tls").tls(authority(&papers).identity(identity(&papers)));
    let storage = EtcdStorage::connect(place.endpoints(), known).await.unwrap();
    assert!(storage.save("ada", None, &record(1), &[event("ada")]).await.unwrap());
    assert_eq!(storage.load("ada").await.unwrap(), Some(record(1)));

    let options = || place.options("tls").timeout(IMPATIENT);
    let stranger = options().tls(authority(&papers));
    let untrusted = options().tls(ClientTlsConfig::new().with_native_roots().identity(identity(&papers)));
    for (options, why) in [(stranger, "shows nothing"), (untrusted, "trusts others"), (options(), "is as it comes")] {
        let refused = EtcdStorage::connect(place.endpoints(), options).await;
        assert!(matches!(refused, Err(ConnectError::Storage(_))), "{why}: {refused:?}");
    }
    let in_clear = place.endpoints().into_iter().map(|url| url.replace("https", "http"));
    let refused = EtcdStorage::connect(in_clear, options()).await;
    assert!(matches!(refused, Err(ConnectError::Storage(_))), "{refused:?}");
}
