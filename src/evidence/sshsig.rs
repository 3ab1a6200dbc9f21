//! Signatures of SSH keys over files, as `ssh-keygen -Y sign` makes them
//! (OpenSSH, PROTOCOL.sshsig). They are checked in this process; who may sign
//! what is the business of [`super::signers`].

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519,
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA512, RsaPublicKeyComponents,
        UnparsedPublicKey, VerificationAlgorithm,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ssh_key::{Algorithm, EcdsaCurve, HashAlg, SshSig, public::KeyData};

use super::Flaw;

/// What evidence packages are signed for. Each kind of statement has a
/// namespace of its own, so that a signature for one is worth nothing for
/// another.
pub const EVIDENCE: &str = "tminus-evidence-v1@tminus.dev";
/// What published heads of a journal are signed for.
pub const HEAD: &str = "tminus-head-v1@tminus.dev";
/// What proposals are signed for.
pub const PROPOSAL: &str = "tminus-proposal-v1@tminus.dev";
/// What a second person signs a proposal for.
pub const COUNTERSIGNATURE: &str = "tminus-countersign-v1@tminus.dev";

/// Columns of an armoured line, as OpenSSH writes them.
const COLUMNS: usize = 70;
const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";

/// The key that made a good signature. Whose it is, is another question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The public key.
    pub key: KeyData,
    /// Its fingerprint, as `ssh-keygen -l` prints it (`SHA256:…`).
    pub fingerprint: String,
    /// Whether somebody touched the security key; none for a key without one.
    pub touched: Option<bool>,
}

/// The fingerprint of a key, as `ssh-keygen -l` prints it.
#[must_use]
pub fn fingerprint(key: &KeyData) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// The armoured form of a signature's bytes in base64.
#[must_use]
pub fn armour(base64: &str) -> String {
    let mut text = format!("{BEGIN}\n");
    let mut rest = base64;
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(COLUMNS).unwrap_or((rest, ""));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text + END + "\n"
}

/// The base64 of an armoured signature, without its line breaks.
///
/// # Errors
/// When it is not armoured as OpenSSH does it.
pub fn bare(armoured: &str) -> Result<String, Flaw> {
    let inside = armoured
        .trim()
        .strip_prefix(BEGIN)
        .and_then(|rest| rest.strip_suffix(END))
        .ok_or(Flaw::NotASignature)?;
    Ok(inside.split_whitespace().collect())
}

/// Checks a signature in base64, over a message and for a namespace.
///
/// # Errors
/// What is wrong with it.
pub fn verify(base64: &str, namespace: &str, message: &[u8]) -> Result<Signer, Flaw> {
    // One spelling of each signature: what was decoded must encode to itself.
    let bytes = STANDARD.decode(base64).map_err(|_| Flaw::NotASignature)?;
    if STANDARD.encode(&bytes) != base64 {
        return Err(Flaw::NotASignature);
    }
    let signature = SshSig::from_pem(armour(base64)).map_err(|error| match error {
        ssh_key::Error::Version { number } => Flaw::SignatureVersion(number),
        ssh_key::Error::Namespace => Flaw::Namespace(String::new()),
        _ => Flaw::NotASignature,
    })?;
    if signature.version() != SshSig::VERSION {
        return Err(Flaw::SignatureVersion(signature.version()));
    }
    if signature.namespace() != namespace {
        return Err(Flaw::Namespace(signature.namespace().to_owned()));
    }
    if !signature.reserved().is_empty() {
        return Err(Flaw::SignatureReserved);
    }
    let signed = SshSig::signed_data(namespace, signature.hash_alg(), message)
        .map_err(|_| Flaw::NotASignature)?;
    let touched = check(&signature, &signed)?;
    Ok(Signer {
        key: signature.public_key().clone(),
        fingerprint: fingerprint(signature.public_key()),
        touched,
    })
}

/// Checks the bytes of the signature; says whether a security key was touched.
fn check(signature: &SshSig, signed: &[u8]) -> Result<Option<bool>, Flaw> {
    let bytes = signature.signature_bytes();
    match (signature.public_key(), signature.algorithm()) {
        (KeyData::Ed25519(key), Algorithm::Ed25519) => {
            plain(&ED25519, &key.0, signed, bytes).map(|()| None)
        }
        (KeyData::Ecdsa(key), Algorithm::Ecdsa { curve }) if key.curve() == curve => {
            let (algorithm, size): (&'static dyn VerificationAlgorithm, usize) = match curve {
                EcdsaCurve::NistP256 => (&ECDSA_P256_SHA256_FIXED, 32),
                EcdsaCurve::NistP384 => (&ECDSA_P384_SHA384_FIXED, 48),
                EcdsaCurve::NistP521 => (&ECDSA_P521_SHA512_FIXED, 66),
            };
            let fixed = fixed_width(bytes, size)?;
            plain(algorithm, key.as_sec1_bytes(), signed, &fixed).map(|()| None)
        }
        (KeyData::Rsa(key), Algorithm::Rsa { hash: Some(hash) }) => {
            let parameters = match hash {
                HashAlg::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
                HashAlg::Sha512 => &RSA_PKCS1_2048_8192_SHA512,
                _ => {
                    return Err(Flaw::WeakKey(
                        "an RSA signature of an unknown hash".to_owned(),
                    ));
                }
            };
            let (Some(n), Some(e)) = (key.n.as_positive_bytes(), key.e.as_positive_bytes()) else {
                return Err(Flaw::NotASignature);
            };
            if n.len() < 256 {
                return Err(Flaw::WeakKey(format!("an RSA key of {} bits", n.len() * 8)));
            }
            RsaPublicKeyComponents { n, e }
                .verify(parameters, signed, bytes)
                .map(|()| None)
                .map_err(|_| Flaw::Signature)
        }
        (KeyData::SkEd25519(key), Algorithm::SkEd25519) => {
            let (bytes, message, touched) = with_security_key(key.application(), signed, bytes)?;
            plain(&ED25519, &key.public_key().0, &message, bytes).map(|()| Some(touched))
        }
        (KeyData::SkEcdsaSha2NistP256(key), Algorithm::SkEcdsaSha2NistP256) => {
            let (bytes, message, touched) = with_security_key(key.application(), signed, bytes)?;
            let fixed = fixed_width(bytes, 32)?;
            plain(
                &ECDSA_P256_SHA256_FIXED,
                key.ec_point().as_bytes(),
                &message,
                &fixed,
            )
            .map(|()| Some(touched))
        }
        (KeyData::Dsa(_), _) | (_, Algorithm::Dsa) => Err(Flaw::WeakKey("a DSA key".to_owned())),
        (KeyData::Rsa(_), Algorithm::Rsa { hash: None }) => {
            Err(Flaw::WeakKey("an RSA signature over SHA-1".to_owned()))
        }
        (_, algorithm) => Err(Flaw::UnknownAlgorithm(algorithm.to_string())),
    }
}

fn plain(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), Flaw> {
    UnparsedPublicKey::new(algorithm, key)
        .verify(message, signature)
        .map_err(|_| Flaw::Signature)
}

/// What a security key signs instead of the message (OpenSSH, PROTOCOL.u2f),
/// and whether somebody touched it. A signature that nobody touched the key
/// for proves less than one of a plain key, so it is refused.
fn with_security_key<'s>(
    application: &str,
    signed: &[u8],
    bytes: &'s [u8],
) -> Result<(&'s [u8], Vec<u8>, bool), Flaw> {
    const TOUCHED: u8 = 1;
    let (signature, trailer) = bytes
        .len()
        .checked_sub(5)
        .and_then(|end| bytes.split_at_checked(end))
        .ok_or(Flaw::NotASignature)?;
    let touched = trailer.first().is_some_and(|flags| flags & TOUCHED != 0);
    if !touched {
        return Err(Flaw::NotTouched);
    }
    let mut message = digest(&SHA256, application.as_bytes()).as_ref().to_vec();
    message.extend_from_slice(trailer);
    message.extend_from_slice(digest(&SHA256, signed).as_ref());
    Ok((signature, message, touched))
}

/// The two numbers of an ECDSA signature, each at its full width.
fn fixed_width(mut bytes: &[u8], size: usize) -> Result<Vec<u8>, Flaw> {
    let mut fixed = Vec::with_capacity(2 * size);
    for _ in 0..2 {
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or(Flaw::NotASignature)?;
        let length = u32::from_be_bytes(*length) as usize;
        let (number, rest) = rest.split_at_checked(length).ok_or(Flaw::NotASignature)?;
        let number = number.strip_prefix(&[0]).unwrap_or(number);
        let padding = size.checked_sub(number.len()).ok_or(Flaw::NotASignature)?;
        fixed.resize(fixed.len() + padding, 0);
        fixed.extend_from_slice(number);
        bytes = rest;
    }
    if bytes.is_empty() {
        Ok(fixed)
    } else {
        Err(Flaw::NotASignature)
    }
}
