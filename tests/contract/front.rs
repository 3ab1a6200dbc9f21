//! Certificates, and a server that shows them: TLS in front of a plain server
//! on this machine.

use std::net::{SocketAddr, TcpListener as Listener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer},
};

/// The names of a server on this machine.
pub const HERE: [&str; 2] = ["127.0.0.1", "localhost"];

/// What signs certificates: a company's own authority.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// What a server shows, with its key.
pub struct Identity {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
    /// The certificate in PEM.
    pub pem: String,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Its own certificate in PEM: what `ca_file` holds.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for these names that never ends.
    pub fn sign(&self, names: &[&str]) -> Identity {
        self.signed(&params(names))
    }

    /// A certificate for this machine that ended on 2024-05-01.
    pub fn sign_expired(&self) -> Identity {
        let mut params = params(&HERE);
        params.not_after = date_time_ymd(2024, 5, 1);
        self.signed(&params)
    }

    fn signed(&self, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Identity::new(&certificate, &key)
    }
}

impl Identity {
    fn new(certificate: &rcgen::Certificate, key: &KeyPair) -> Self {
        Self {
            certificate: certificate.der().clone(),
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            pem: certificate.pem(),
        }
    }

    /// The certificate in DER.
    pub fn der(&self) -> &[u8] {
        &self.certificate
    }

    /// A certificate for this machine that signs itself.
    pub fn of_itself() -> Self {
        let key = KeyPair::generate().unwrap();
        Self::new(&params(&HERE).self_signed(&key).unwrap(), &key)
    }

    /// As [`Self::of_itself`], with the mark of an authority: what
    /// `openssl req -x509` makes.
    pub fn of_itself_as_authority() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = params(&HERE);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self::new(&params.self_signed(&key).unwrap(), &key)
    }
}

fn params(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    CertificateParams::new(names).unwrap()
}

/// A server that shows an identity and hands what it decrypts to a plain one.
/// It runs until the process ends.
pub struct Front {
    address: SocketAddr,
    handshakes: Arc<AtomicUsize>,
}

impl Front {
    pub fn start(identity: Identity, behind: SocketAddr) -> Self {
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![identity.certificate], identity.key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = Listener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let handshakes = Arc::new(AtomicUsize::new(0));
        let done = handshakes.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(acceptor.clone(), stream, behind, done.clone()));
                }
            });
        });
        Self {
            address,
            handshakes,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// How many connections were agreed upon.
    pub fn handshakes(&self) -> usize {
        self.handshakes.load(Ordering::SeqCst)
    }
}

async fn serve(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    behind: SocketAddr,
    handshakes: Arc<AtomicUsize>,
) {
    // A client that does not believe the certificate ends it here.
    let Ok(mut outside) = acceptor.accept(stream).await else {
        return;
    };
    handshakes.fetch_add(1, Ordering::SeqCst);
    if let Ok(mut inside) = TcpStream::connect(behind).await {
        let _ended = copy_bidirectional(&mut outside, &mut inside).await;
    }
}
