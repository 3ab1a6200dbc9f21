//! The real clients against real certificates: each fault names its cause and
//! how to mend it, and a company's own authority can be trusted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::SecretString;
use tminus::domain::{Catalog, Connection, Text};
use tminus::integrations::SystemSettings;
use tminus::integrations::contract::{Answer, Integration, PreparedRequest};
use tminus::integrations::http::{
    Access, Credential, Proxies, ReadClient, ReadSettings, Transport, WriteClient, WriteSettings,
    parse_base,
};

use super::behind::Behind;
use super::front::{Authority, Front, HERE, Identity};

/// What a client says to one URL: the read's sentence, empty when it was
/// answered, and the write's answer.
async fn ask(url: &str, ca_file: Option<&PathBuf>) -> (String, Answer) {
    let transport = Transport::trusting(ca_file.map(PathBuf::as_path))
        .unwrap()
        .through(Proxies::none());
    let base = parse_base(url, true, false).unwrap();
    let credential = Credential::bearer(&SecretString::from("tminus-canary-token")).unwrap();
    let mut read = ReadSettings::new(base.clone(), Some(credential.clone()), 600);
    read.transport = transport.clone();
    let read = ReadClient::new(read);
    let said = match read.send(read.get("/read", &[])).await {
        Ok(_) => String::new(),
        Err(failure) => {
            assert_eq!(failure.fault.connection, Connection::Unreachable);
            failure.fault.detail.to_string()
        }
    };
    assert_eq!(
        read.requests(),
        1,
        "a certificate does not mend itself: {said}"
    );
    let mut write = WriteSettings::new(base, Some(credential));
    write.transport = transport;
    let write = WriteClient::new(Access::ReadWrite, write).unwrap();
    let request = PreparedRequest {
        method: "POST",
        url: format!("{url}/write"),
        body: "{}".to_owned(),
        ..PreparedRequest::default()
    };
    (said, write.send(&request, |_| Text::default()).await)
}

fn kept(directory: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = directory.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn each_fault_of_a_certificate_names_its_cause_and_how_to_mend_it() {
    let directory = tempfile::tempdir().unwrap();
    let ours = Authority::new("Larkspur Root");
    let stranger = Authority::new("Stranger Root");
    let ca_file = kept(&directory, "ca.pem", &ours.pem());
    let behind = Behind::start().await;
    let as_authority = Identity::of_itself_as_authority();
    let as_authority_file = kept(&directory, "self.pem", &as_authority.pem);
    let cases = [
        (
            "expired",
            ours.sign_expired(),
            Some(&ca_file),
            ["expired on 2024-05-01 00:00 UTC (", "must renew it"],
        ),
        (
            "another name",
            ours.sign(&["git.other.example", "10.9.8.7"]),
            Some(&ca_file),
            ["is for git.other.example, 10.9.8.7", "check `url`"],
        ),
        (
            "an unknown authority",
            stranger.sign(&HERE),
            None,
            [
                "an authority that is not trusted here",
                "name it as `ca_file`",
            ],
        ),
        (
            "another authority than that of the file",
            stranger.sign(&HERE),
            Some(&ca_file),
            [
                "an authority that is not trusted here",
                "ca.pem holds another one",
            ],
        ),
        (
            "signed by itself",
            Identity::of_itself(),
            None,
            ["or from itself", "name it as `ca_file`"],
        ),
        (
            "signed by itself, with the mark of an authority",
            as_authority,
            Some(&as_authority_file),
            ["is one of an authority (CA:TRUE)", "CA:FALSE"],
        ),
    ];
    for (name, identity, ca_file, [cause, mend]) in cases {
        let front = Front::start(identity, behind.address);
        let (said, answer) = ask(&front.url(), ca_file).await;
        let place = front.url().replace("https://", "");
        assert!(
            said.starts_with(&format!("the TLS certificate of {place} ")),
            "{name}: {said}"
        );
        let (first, second) = said.split_once(": ").unwrap();
        assert!(first.contains(cause), "{name}: {said}");
        assert!(second.contains(mend), "{name}: {said}");
        let Answer::Refused { status: 0, why } = answer else {
            panic!("{name}: {answer:?}");
        };
        assert!(
            why.contains("nothing was sent") && why.contains(cause),
            "{name}: {why}"
        );
        assert_eq!(front.handshakes(), 0, "{name}");
    }
    assert_eq!(behind.seen(), Vec::<String>::new());
}

#[tokio::test]
async fn plain_http_on_the_port_of_https_is_told_and_the_other_way_round() {
    let behind = Behind::start().await;
    let (said, answer) = ask(&format!("https://{}", behind.address), None).await;
    assert!(
        said.contains("speaks no TLS there: check port and scheme"),
        "{said}"
    );
    assert!(
        matches!(answer, Answer::Refused { status: 0, .. }),
        "{answer:?}"
    );
    assert_eq!(behind.seen(), ["no request"; 2]);

    let front = Front::start(Authority::new("Larkspur Root").sign(&HERE), behind.address);
    let (said, _) = ask(&front.url().replace("https://", "http://"), None).await;
    assert!(said.contains("does it speak https there?"), "{said}");
}

#[tokio::test]
async fn a_trusted_authority_and_a_certificate_that_is_trusted_itself_are_enough() {
    let directory = tempfile::tempdir().unwrap();
    let ours = Authority::new("Larkspur Root");
    let itself = Identity::of_itself();
    let others = Authority::new("Stranger Root").pem();
    let of_two = kept(
        &directory,
        "ca.pem",
        &format!("# two\n{others}{}", ours.pem()),
    );
    let of_itself = kept(&directory, "self.pem", &itself.pem);
    for (identity, ca_file) in [(ours.sign(&HERE), of_two), (itself, of_itself)] {
        let behind = Behind::start().await;
        let front = Front::start(identity, behind.address);
        for url in [front.url(), front.url().replace("127.0.0.1", "localhost")] {
            let (said, answer) = ask(&url, Some(&ca_file)).await;
            assert_eq!(said, "");
            assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
        }
        let seen = behind.seen();
        assert_eq!(seen.len(), 4, "{seen:?}");
        assert_eq!(seen[0], "GET /read HTTP/1.1");
        assert_eq!(seen[1], "POST /write HTTP/1.1");
    }
}

#[test]
fn a_file_that_cannot_serve_is_refused_with_its_reason() {
    let directory = tempfile::tempdir().unwrap();
    let ours = Authority::new("Larkspur Root");
    let pem = ours.pem();
    let half = &pem[..pem.len() / 2];
    let key = rcgen::KeyPair::generate().unwrap();
    let request = rcgen::CertificateParams::new(Vec::new())
        .unwrap()
        .serialize_request(&key)
        .unwrap();
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (name, text, words) in [
        ("empty.pem", "", "is not PEM"),
        ("words.pem", "the authority of larkspur\n", "is not PEM"),
        ("half.pem", half, "is broken at its certificate 1"),
        (
            "both.pem",
            &format!("{pem}{half}"),
            "is broken at its certificate 2",
        ),
        (
            "odd.pem",
            no_certificate,
            "holds at place 1 what is no certificate",
        ),
        ("key.pem", &key.serialize_pem(), "holds a key"),
        ("request.pem", &request.pem().unwrap(), "holds a request"),
    ] {
        refused(&kept(&directory, name, text), words);
    }
    let der = directory.path().join("ca.der");
    let identity = ours.sign(&HERE);
    std::fs::write(&der, identity.der()).unwrap();
    refused(&der, "is not PEM but DER");
    refused(
        &directory.path().join("nowhere.pem"),
        "cannot be read: No such file",
    );
    refused(directory.path(), "is not a regular file");
}

fn refused(file: &Path, words: &str) {
    let taken = Transport::trusting(Some(file));
    let error = taken.err().unwrap();
    let place = format!("`ca_file` {} ", file.display());
    assert!(error.message.starts_with(&place), "{error}");
    assert!(error.message.contains(words), "{error}");
    assert!(!error.hint.is_empty(), "{error}");
}

/// One integration at a URL.
fn connect(kind: &str, url: &str, ca_file: Option<&PathBuf>) -> Arc<dyn Integration> {
    let mut text = format!("kind = '{kind}'\nurl = '{url}'\ntoken = {{ env = 'UNUSED' }}\n");
    if kind == "jenkins" {
        text.push_str("user = 'ana'\n");
    }
    if kind == "kubernetes" {
        text.push_str("namespaces = { shop = 'production' }\n");
    }
    if let Some(file) = ca_file {
        text.push_str(&format!("ca_file = '{}'\n", file.display()));
    }
    let settings: SystemSettings = toml::from_str(&text).unwrap();
    let secrets = |_: &_| Ok(SecretString::from("tminus-canary-token"));
    let catalog = Arc::new(Catalog::default());
    settings
        .connect(kind.into(), &secrets, &catalog, Access::ReadOnly)
        .unwrap()
}

#[tokio::test]
async fn the_doctor_of_each_integration_names_certificate_and_mend() {
    let directory = tempfile::tempdir().unwrap();
    let ours = Authority::new("Larkspur Root");
    let ca_file = kept(&directory, "ca.pem", &ours.pem());
    let behind = Behind::start().await;
    let expired = Front::start(ours.sign_expired(), behind.address);
    for kind in SystemSettings::KINDS {
        let findings = connect(kind, &expired.url(), Some(&ca_file)).doctor().await;
        let [trusted, failed] = findings.as_slice() else {
            panic!("{kind}: {findings:#?}");
        };
        assert_eq!(trusted.ok, Some(true), "{kind}");
        assert!(
            trusted
                .detail
                .ends_with("ca.pem: 1 trusted besides this machine's own")
        );
        assert_eq!(failed.ok, Some(false), "{kind}");
        assert!(failed.title.ends_with(" answers"), "{kind}: {failed:?}");
        assert!(
            failed.detail.contains("expired on 2024-05-01"),
            "{kind}: {failed:?}"
        );
        assert!(failed.hint.contains("must renew it"), "{kind}: {failed:?}");
    }
}
