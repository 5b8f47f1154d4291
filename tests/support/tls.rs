//! Certificates made at run time, good and bad, and the server's side of TLS.
//!
//! ```ignore
//! let authority = tls::Authority::new();
//! std::fs::write("ca.pem", authority.pem())?;
//! let config = tls::server_config(&authority.local());
//! ```

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// The names under which test servers are reached.
pub(crate) const LOCAL: [&str; 2] = ["127.0.0.1", "localhost"];

/// Who signs certificates. A client trusts it by [`pem`](Self::pem).
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key.
#[derive(Debug)]
pub(crate) struct Identity {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
    pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "tests only");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("a key");
        Self { issuer: CertifiedIssuer::self_signed(params, key).expect("an authority") }
    }

    /// The authority's certificate, as a client's bundle has it.
    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// Valid for 127.0.0.1 and localhost.
    pub(crate) fn local(&self) -> Identity {
        self.names(&LOCAL)
    }

    /// Valid for these names, such as `*.s3.eu-west-1.amazonaws.com`.
    pub(crate) fn names(&self, names: &[&str]) -> Identity {
        self.sign(&params(names))
    }

    /// For the right names, but not any more.
    pub(crate) fn expired(&self) -> Identity {
        let mut params = params(&LOCAL);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
        self.sign(&params)
    }

    /// Valid, but not for 127.0.0.1.
    pub(crate) fn other_host(&self) -> Identity {
        self.names(&["elsewhere.example"])
    }

    fn sign(&self, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Identity::new(&certificate, &key)
    }
}

impl Identity {
    /// For the right names, and signed by nobody else.
    pub(crate) fn self_signed() -> Self {
        let key = KeyPair::generate().expect("a key");
        let certificate = params(&LOCAL).self_signed(&key).expect("a certificate");
        Self::new(&certificate, &key)
    }

    fn new(certificate: &rcgen::Certificate, key: &KeyPair) -> Self {
        Self {
            certificate: certificate.der().clone(),
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            pem: certificate.pem(),
        }
    }

    /// The certificate alone.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }
}

fn params(names: &[&str]) -> CertificateParams {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

/// A server that shows this certificate and offers HTTP/1.1 only.
pub(crate) fn server_config(identity: &Identity) -> Arc<ServerConfig> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the protocol's versions")
        .with_no_client_auth()
        .with_single_cert(vec![identity.certificate.clone()], identity.key.clone_key())
        .expect("a key that fits");
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}
