//! The real clients behind a proxy on this machine, for hosts that exist
//! nowhere: what reaches the proxy, and what is said when it refuses.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use secrecy::SecretString;
use tminus::domain::Text;
use tminus::integrations::contract::{Answer, PreparedRequest};
use tminus::integrations::http::{
    Access, Credential, Proxies, ReadClient, ReadSettings, Transport, WriteClient, WriteSettings,
    parse_base,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::behind::Behind;
use super::front::{Authority, Front};

const VENDOR: &str = "https://git.corp.example";
const PLAIN: &str = "http://metrics.corp.example:9090";
const TOKEN: &str = "tminus-canary-token";

/// What the proxy does with a request.
#[derive(Clone)]
enum Manner {
    /// Lets it through to this address, whatever host it is for.
    Through(SocketAddr),
    /// Answers itself.
    Answers(String),
    /// Hangs up.
    HangsUp,
}

/// A proxy that keeps the head of each request.
struct Gate {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Gate {
    async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(guard(stream, manner.clone(), kept.clone()));
            }
        });
        Self { address, seen }
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// The environment that names this proxy for everything, and more.
    fn proxies(&self, user: &str, more: &[(&str, &str)]) -> Proxies {
        let url = format!("http://{user}{}", self.address);
        Proxies::read(|name| {
            let found = more.iter().find(|(known, _)| *known == name);
            match name {
                "HTTPS_PROXY" | "HTTP_PROXY" => Some(url.clone()),
                _ => found.map(|(_, value)| (*value).to_owned()),
            }
        })
    }
}

async fn guard(mut stream: TcpStream, manner: Manner, kept: Arc<Mutex<Vec<String>>>) {
    let mut bytes = Vec::new();
    while !bytes.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read_buf(&mut bytes).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
    let head = String::from_utf8_lossy(&bytes).into_owned();
    kept.lock().unwrap().push(head.clone());
    match manner {
        Manner::HangsUp => {}
        Manner::Answers(answer) => {
            let _written = stream.write_all(answer.as_bytes()).await;
        }
        Manner::Through(address) => {
            let mut inside = TcpStream::connect(address).await.unwrap();
            if head.starts_with("CONNECT ") {
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            } else {
                inside.write_all(&bytes).await.unwrap();
            }
            let _ended = copy_bidirectional(&mut stream, &mut inside).await;
        }
    }
}

/// What the clients say on this way: the read's sentence, empty when it was
/// answered, and the write's answer.
async fn ask(url: &str, transport: &Transport) -> (String, Answer) {
    let base = parse_base(url, true, true).unwrap();
    let credential = Credential::bearer(&SecretString::from(TOKEN)).unwrap();
    let mut read = ReadSettings::new(base.clone(), Some(credential.clone()), 600);
    read.transport = transport.clone();
    let read = ReadClient::new(read);
    let said = match read.send(read.get("/read", &[]).once()).await {
        Ok(_) => String::new(),
        Err(failure) => failure.fault.detail.to_string(),
    };
    let mut write = WriteSettings::new(base, Some(credential));
    write.transport = transport.clone();
    let write = WriteClient::new(Access::ReadWrite, write).unwrap();
    let request = PreparedRequest {
        method: "POST",
        url: format!("{url}/write"),
        body: "{}".to_owned(),
        ..PreparedRequest::default()
    };
    (said, write.send(&request, |_| Text::default()).await)
}

fn way(proxies: Proxies) -> Transport {
    Transport::default().through(proxies)
}

#[tokio::test]
async fn https_goes_through_a_tunnel_that_sees_no_token() {
    let directory = tempfile::tempdir().unwrap();
    let ours = Authority::new("Larkspur Root");
    let file = directory.path().join("ca.pem");
    std::fs::write(&file, ours.pem()).unwrap();
    let behind = Behind::start().await;
    let front = Front::start(ours.sign(&["git.corp.example"]), behind.address);
    let gate = Gate::start(Manner::Through(front.address())).await;
    let proxies = gate.proxies("ana:pass%40word@", &[]);
    let transport = Transport::trusting(Some(&file)).unwrap().through(proxies);
    let (said, answer) = ask(VENDOR, &transport).await;
    assert_eq!(said, "");
    assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    assert_eq!(
        behind.seen(),
        ["GET /read HTTP/1.1", "POST /write HTTP/1.1"]
    );
    let seen = gate.seen();
    assert_eq!(seen.len(), 2, "one tunnel each");
    for head in seen {
        assert!(
            head.starts_with("CONNECT git.corp.example:443 HTTP/1.1\r\n"),
            "{head}"
        );
        // ana:pass@word
        assert!(head.contains("Basic YW5hOnBhc3NAd29yZA==\r\n"), "{head}");
        assert!(!head.contains(TOKEN), "{head}");
    }
}

#[tokio::test]
async fn a_proxy_that_opens_tls_is_named() {
    let behind = Behind::start().await;
    let inspector = Authority::new("Larkspur Inspection");
    let front = Front::start(inspector.sign(&["git.corp.example"]), behind.address);
    let gate = Gate::start(Manner::Through(front.address())).await;
    let (said, answer) = ask(VENDOR, &way(gate.proxies("", &[]))).await;
    for words in [
        "the TLS certificate of git.corp.example is from an authority that is not trusted here",
        "`ca_file`",
        &format!(
            "the proxy {} may have put a certificate of its own",
            gate.address
        ),
    ] {
        assert!(said.contains(words), "{said}");
    }
    assert!(
        matches!(answer, Answer::Refused { status: 0, .. }),
        "{answer:?}"
    );
    assert_eq!(behind.seen(), Vec::<String>::new());
}

#[tokio::test]
async fn plain_http_is_handed_over_whole() {
    let behind = Behind::start().await;
    let gate = Gate::start(Manner::Through(behind.address)).await;
    let (said, answer) = ask(PLAIN, &way(gate.proxies("ana:word@", &[]))).await;
    assert_eq!(said, "");
    assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    let seen = gate.seen();
    assert!(seen[0].starts_with("GET http://metrics.corp.example:9090/read HTTP/1.1\r\n"));
    assert!(seen[1].starts_with("POST http://metrics.corp.example:9090/write HTTP/1.1\r\n"));
    assert_eq!(seen.len(), 2);
    for head in seen {
        assert!(head.contains("Basic YW5hOndvcmQ=\r\n"), "{head}");
    }
}

#[tokio::test]
async fn what_needs_no_proxy_never_reaches_it() {
    let gate = Gate::start(Manner::HangsUp).await;
    let behind = Behind::start().await;
    let here = format!("http://{}", behind.address);
    let (said, answer) = ask(&here, &way(gate.proxies("", &[]))).await;
    assert_eq!(said, "", "what stays on this machine is never proxied");
    assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    for url in [VENDOR, PLAIN] {
        let without = gate.proxies("", &[("NO_PROXY", "corp.example")]);
        let (said, answer) = ask(url, &way(without)).await;
        assert!(said.contains("no address is known for"), "{said}");
        assert!(
            matches!(answer, Answer::Refused { status: 0, .. }),
            "{answer:?}"
        );
    }
    assert_eq!(gate.seen(), Vec::<String>::new());
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named_and_its_password_is_not() {
    let answers = |status: &str| {
        let page = "<html>Larkspur Gate says canary";
        Manner::Answers(format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n{page}",
            page.len()
        ))
    };
    let wants = answers("407 Proxy Authentication Required");
    let denies = answers("403 Forbidden");
    let login = answers("200 OK");
    let odd = Manner::Answers("what?\r\n\r\n".to_owned());
    let through = "does not let us through to";
    let page = "answered with a page of its own instead of metrics.corp.example:9090";
    for (manner, user, url, words) in [
        (&wants, "", VENDOR, "wants a user and a password (407)"),
        (
            &wants,
            "ana:canary@",
            VENDOR,
            "does not accept its user and password (407)",
        ),
        (&denies, "ana:canary@", VENDOR, through),
        (&Manner::HangsUp, "ana:canary@", VENDOR, through),
        (&odd, "ana:canary@", VENDOR, through),
        (&wants, "", PLAIN, "wants a user and a password (407)"),
        (
            &wants,
            "ana:canary@",
            PLAIN,
            "does not accept its user and password (407)",
        ),
        (&denies, "ana:canary@", PLAIN, page),
        (&login, "ana:canary@", PLAIN, page),
    ] {
        let gate = Gate::start(manner.clone()).await;
        let (said, answer) = ask(url, &way(gate.proxies(user, &[]))).await;
        let named = format!("the proxy {} {words}", gate.address);
        assert!(said.starts_with(&named), "{url}: {said}");
        assert!(
            said.contains(": "),
            "it does not say how to mend it: {said}"
        );
        let answer = format!("{answer:?}");
        for text in [&said, &answer] {
            assert!(!text.contains("canary") && !text.contains("ana"), "{text}");
        }
        if url == VENDOR {
            assert!(answer.contains("nothing was sent: the proxy"), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_proxy_that_is_away_or_none_at_all_lets_nothing_out() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let away = format!("the proxy {closed} refuses connections");
    for (value, words) in [
        (format!("http://ana:canary@{closed}"), away.as_str()),
        (
            "http://ana:canary@gate.corp.example:3128".to_owned(),
            "no address is known for the proxy gate.corp.example:3128",
        ),
        (
            "ftp://ana:canary@127.0.0.1:3128".to_owned(),
            "ALL_PROXY in the environment names no proxy that can be used",
        ),
    ] {
        for url in [VENDOR, PLAIN] {
            let proxies = Proxies::read(|name| (name == "ALL_PROXY").then(|| value.clone()));
            let (said, answer) = ask(url, &way(proxies)).await;
            assert!(said.starts_with(words), "{url}: {said}");
            assert!(!said.contains("canary"), "{said}");
            let Answer::Refused { status: 0, why } = answer else {
                panic!("{url}: {answer:?}");
            };
            assert!(why.contains(words), "{why}");
        }
    }
}

/// SOCKS version 5 (RFC 1928): the proxy looks the host up itself.
#[tokio::test]
async fn a_socks_proxy_gets_the_name_of_the_host() {
    let behind = Behind::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let proxy = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut greeting = [0; 2];
        stream.read_exact(&mut greeting).await.unwrap();
        let mut methods = vec![0; usize::from(greeting[1])];
        stream.read_exact(&mut methods).await.unwrap();
        stream.write_all(&[5, 0]).await.unwrap();
        let mut request = [0; 5];
        stream.read_exact(&mut request).await.unwrap();
        assert_eq!(&request[..4], [5, 1, 0, 3], "a connection to a name");
        let mut host = vec![0; usize::from(request[4])];
        stream.read_exact(&mut host).await.unwrap();
        let port = stream.read_u16().await.unwrap();
        stream
            .write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0])
            .await
            .unwrap();
        let mut inside = TcpStream::connect(behind.address).await.unwrap();
        let _ended = copy_bidirectional(&mut stream, &mut inside).await;
        (String::from_utf8(host).unwrap(), port)
    });
    let proxies =
        Proxies::read(|name| (name == "ALL_PROXY").then(|| format!("socks5://{address}")));
    let mut read = ReadSettings::new(parse_base(PLAIN, false, false).unwrap(), None, 600);
    read.transport = way(proxies);
    let read = ReadClient::new(read);
    read.send(read.get("/read", &[])).await.unwrap();
    drop(read);
    let asked = proxy.await.unwrap();
    assert_eq!(asked, ("metrics.corp.example".to_owned(), 9090));
}
