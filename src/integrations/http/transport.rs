//! How a vendor is reached: through which proxy, and whose certificates are
//! believed.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    RootCertStore,
    pki_types::{
        CertificateDer,
        pem::{PemObject as _, SectionKind},
    },
};

use super::{Identity, Proxies};
use crate::error::{Error, Kind};

/// A file of certificates larger than this is a mistake; the whole store of a
/// system has a quarter of it.
const LARGEST: u64 = 1024 * 1024;

/// The way to a vendor. Cheap to clone.
#[derive(Clone)]
pub struct Transport {
    authorities: Option<Arc<Authorities>>,
    proxies: Arc<Proxies>,
    identity: Option<Identity>,
}

/// Authorities that are believed besides those of the system.
struct Authorities {
    file: PathBuf,
    certificates: Vec<CertificateDer<'static>>,
}

impl Default for Transport {
    /// The system's authorities and the environment's proxies.
    fn default() -> Self {
        Self {
            authorities: None,
            proxies: Proxies::of_environment(),
            identity: None,
        }
    }
}

impl Transport {
    /// The usual way, on which the authorities in `ca_file` are believed, too.
    ///
    /// # Errors
    /// When the file cannot be read or holds anything but certificates of
    /// authorities in PEM; for people.
    pub fn trusting(ca_file: Option<&Path>) -> Result<Self, Error> {
        Ok(Self {
            authorities: ca_file.map(read).transpose()?.map(Arc::new),
            ..Self::default()
        })
    }

    /// The usual way, on which the authorities in these bytes (PEM) are
    /// believed, too. `whence` names where they are from.
    ///
    /// # Errors
    /// When they are anything but certificates of authorities; for people.
    pub fn trusting_bytes(whence: &str, bytes: &[u8]) -> Result<Self, Error> {
        Ok(Self {
            authorities: Some(Arc::new(authorities(Path::new(whence), bytes)?)),
            ..Self::default()
        })
    }

    /// The same way with a client certificate.
    #[must_use]
    pub fn with_identity(self, identity: Identity) -> Self {
        Self {
            identity: Some(identity),
            ..self
        }
    }

    /// The client certificate, as the HTTP client wants it.
    pub(super) fn identity(&self) -> Option<reqwest::Identity> {
        self.identity.as_ref().map(Identity::get)
    }

    /// The same way with these proxies instead of the environment's.
    #[must_use]
    pub fn through(self, proxies: Proxies) -> Self {
        Self {
            proxies: Arc::new(proxies),
            ..self
        }
    }

    /// The proxies.
    #[must_use]
    pub fn proxies(&self) -> &Arc<Proxies> {
        &self.proxies
    }

    /// The configured file, and how many authorities it holds.
    #[must_use]
    pub fn ca_file(&self) -> Option<(&Path, usize)> {
        let authorities = self.authorities.as_ref()?;
        Some((&authorities.file, authorities.certificates.len()))
    }

    /// The authorities as the HTTP client wants them.
    pub(super) fn certificates(&self) -> Vec<reqwest::Certificate> {
        self.authorities
            .iter()
            .flat_map(|authorities| &authorities.certificates)
            .filter_map(|certificate| reqwest::Certificate::from_der(certificate).ok())
            .collect()
    }
}

fn read(file: &Path) -> Result<Authorities, Error> {
    let wrong = |what: String, hint: &str| {
        let message = format!("`ca_file` {} {what}", file.display());
        Error::new(Kind::Usage, message).hint(hint)
    };
    let bytes = bytes(file).map_err(|why| {
        let hint = "name the file with the certificate of your company's authority, in PEM";
        wrong(why, hint)
    })?;
    authorities(file, &bytes)
}

fn authorities(file: &Path, bytes: &[u8]) -> Result<Authorities, Error> {
    let wrong = |what: String, hint: &str| {
        let message = format!("`ca_file` {} {what}", file.display());
        Error::new(Kind::Usage, message).hint(hint)
    };
    let mut certificates = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(bytes) {
        let place = certificates.len() + 1;
        let certificate = certificate.map_err(|_| {
            let what = format!("is broken at its certificate {place}");
            wrong(what, "copy it again, with its BEGIN and END lines")
        })?;
        RootCertStore::empty()
            .add(certificate.clone())
            .map_err(|_| {
                let what = format!("holds at place {place} what is no certificate");
                wrong(what, "`openssl x509 -noout -text -in FILE` says more")
            })?;
        certificates.push(certificate.into_owned());
    }
    if certificates.is_empty() {
        let (what, hint) = no_certificate(bytes);
        return Err(wrong(what, hint));
    }
    Ok(Authorities {
        file: file.to_owned(),
        certificates,
    })
}

/// The bytes of a regular file of a sensible size; a FIFO would hang the
/// start.
fn bytes(file: &Path) -> Result<Vec<u8>, String> {
    let cannot = |error: std::io::Error| format!("cannot be read: {error}");
    let metadata = std::fs::metadata(file).map_err(cannot)?;
    if !metadata.is_file() {
        return Err("is not a regular file".to_owned());
    }
    if metadata.len() > LARGEST {
        return Err(format!("has {} bytes, more than 1 MiB", metadata.len()));
    }
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|file| file.take(LARGEST).read_to_end(&mut bytes))
        .map_err(cannot)?;
    Ok(bytes)
}

/// What a file without a certificate is instead, and how to mend that.
fn no_certificate(bytes: &[u8]) -> (String, &'static str) {
    // A certificate in DER is an ASN.1 sequence of some hundred bytes.
    if bytes.starts_with(&[0x30, 0x82]) {
        return (
            "is not PEM but DER".to_owned(),
            "`openssl x509 -inform der -in FILE -out FILE.pem` turns it into PEM",
        );
    }
    let other = <(SectionKind, Vec<u8>)>::pem_slice_iter(bytes).find_map(Result::ok);
    match other {
        Some((SectionKind::Csr, _)) => (
            "holds a request for a certificate, not a certificate".to_owned(),
            "ask the authority for the certificate that it signs with",
        ),
        Some(_) => (
            "holds a key, not a certificate".to_owned(),
            "name the file with the authority's certificate; keep the key to yourself",
        ),
        None => (
            "is not PEM, for it has no line `-----BEGIN CERTIFICATE-----`".to_owned(),
            "name the file with the certificate of your company's authority, in PEM",
        ),
    }
}
