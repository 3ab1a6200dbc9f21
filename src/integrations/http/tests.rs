//! Both clients against servers that misbehave. Each server is a loop over raw
//! sockets, so that it can do what no library would let it do.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use secrecy::SecretString;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::{
    domain::{Connection, Text},
    integrations::contract::{Answer, PreparedRequest},
};

const SECRET: &str = "tminus-canary-token";

/// A server that records whole requests and answers each by `script`, which
/// gets the request's number and text; none drops the connection.
pub(crate) struct Server {
    pub(crate) base: String,
    requests: Arc<Mutex<Vec<String>>>,
}

type Script = dyn Fn(usize, &str) -> Option<Vec<u8>> + Send + Sync;

impl Server {
    pub(crate) async fn start(
        script: impl Fn(usize, &str) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        let script: Arc<Script> = Arc::new(script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, seen.clone(), script.clone()));
            }
        });
        Self { base, requests }
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    fn reader(&self) -> ReadClient {
        self.reader_with(|_| {})
    }

    fn reader_with(&self, change: impl FnOnce(&mut ReadSettings)) -> ReadClient {
        let base = parse_base(&self.base, true, false).unwrap();
        let credential = Credential::bearer(&SecretString::from(SECRET)).unwrap();
        let mut settings = ReadSettings::new(base, Some(credential), 600);
        settings
            .headers
            .insert("x-scope-orgid", "tenant-secret".parse().unwrap());
        change(&mut settings);
        ReadClient::new(settings)
    }

    fn writer(&self) -> WriteClient {
        let base = parse_base(&self.base, true, false).unwrap();
        let credential = Credential::bearer(&SecretString::from(SECRET)).unwrap();
        let mut settings = WriteSettings::new(base, Some(credential));
        settings.deadline = Duration::from_secs(2);
        WriteClient::new(Access::ReadWrite, settings).unwrap()
    }

    fn write(&self) -> PreparedRequest {
        PreparedRequest {
            method: "POST",
            url: format!("{}/act", self.base),
            body: r#"{"write":"body"}"#.to_owned(),
            ..PreparedRequest::default()
        }
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Mutex<Vec<String>>>, script: Arc<Script>) {
    loop {
        let Some(request) = read_request(&mut stream).await else {
            return;
        };
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(request.clone());
            seen.len()
        };
        let Some(answer) = script(number, &request) else {
            return;
        };
        if stream.write_all(&answer).await.is_err() {
            return;
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    let (name, value) = line.split_once(':')?;
                    name.eq_ignore_ascii_case("content-length")
                        .then(|| value.trim().parse::<usize>().ok())?
                })
                .unwrap_or_default();
            if body.len() >= length {
                return Some(text);
            }
        }
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "scripts answer or drop")]
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Option<Vec<u8>> {
    Some(
        format!(
            "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes(),
    )
}

const JSON: &str = "content-type: application/json\r\n";

#[tokio::test]
async fn no_redirect_takes_a_secret_or_a_write_to_a_stranger() {
    for status in [301, 302, 303, 307, 308] {
        let stranger = Server::start(|_, _| answer("200 OK", JSON, "{}")).await;
        let target = format!("location: {}/x\r\n", stranger.base);
        let home = Server::start(move |_, _| answer(&format!("{status} Moved"), &target, "")).await;

        let got = home.writer().send(&home.write(), |_| Text::default()).await;
        assert!(matches!(got, Answer::Lost(_)), "{status}: {got:?}");
        assert_eq!(home.seen().len(), 1);
        assert_eq!(stranger.seen(), Vec::<String>::new());

        let reader = home.reader();
        let asked = reader
            .send(reader.form("/api/v1/query", &[("query", "secret query")]))
            .await;
        assert!(asked.is_err(), "a question with a body goes nowhere else");
        assert_eq!(stranger.seen(), Vec::<String>::new());

        reader.send(reader.get("/x", &[])).await.unwrap();
        let seen = stranger.seen();
        assert_eq!(seen.len(), 1, "a plain read may follow");
        for secret in [SECRET, "tenant-secret", "authorization", "referer"] {
            assert!(
                !seen[0].to_ascii_lowercase().contains(secret),
                "{}",
                seen[0]
            );
        }
    }
}

#[tokio::test]
async fn a_redirect_within_the_origin_keeps_the_credential() {
    let home = Server::start(|_, request| {
        if request.starts_with("GET /old") || request.starts_with("POST /old") {
            answer("308 Moved", "location: /new\r\n", "")
        } else {
            answer("200 OK", JSON, "{}")
        }
    })
    .await;
    let reader = home.reader();
    reader.send(reader.get("/old", &[])).await.unwrap();
    reader
        .send(reader.form("/old", &[("a", "b")]))
        .await
        .unwrap();
    let seen = home.seen();
    assert!(seen[1].starts_with("GET /new") && seen[1].contains(SECRET));
    assert!(seen[3].starts_with("POST /new") && seen[3].ends_with("a=b"));
}

#[tokio::test]
async fn circles_end() {
    let home = Server::start(|_, _| answer("302 Found", "location: /x\r\n", "")).await;
    let reader = home.reader();
    let failure = reader.send(reader.get("/x", &[])).await.err().unwrap();
    assert!(failure.fault.detail.contains("circles"));
    assert_eq!(home.seen().len(), 4);
}

#[tokio::test]
async fn a_write_is_on_the_wire_exactly_once() {
    type Case = (&'static str, Option<Vec<u8>>);
    let cases: Vec<Case> = vec![
        ("502", answer("502 Bad Gateway", "", "")),
        ("500", answer("500 No", JSON, "{}")),
        (
            "503 with a wait",
            answer("503 Wait", "retry-after: 0\r\n", ""),
        ),
        ("408", answer("408 Timeout", "", "")),
        ("drop after reading", None),
        ("half an answer", Some(b"HTTP/1.1 20".to_vec())),
        ("no HTTP", Some(b"hello\r\n\r\n".to_vec())),
    ];
    for (name, reply) in cases {
        let server = Server::start(move |_, _| reply.clone()).await;
        let got = server
            .writer()
            .send(&server.write(), |_| Text::default())
            .await;
        assert!(matches!(got, Answer::Lost(_)), "{name}: {got:?}");
        assert_eq!(server.seen().len(), 1, "{name}");
        assert!(server.seen()[0].ends_with(r#"{"write":"body"}"#), "{name}");
    }
}

#[tokio::test]
async fn a_connection_that_idles_out_costs_no_second_write() {
    // The server answers and then closes, which makes a pooled connection die
    // under the next request.
    let server = Server::start(|_, _| answer("200 OK", "connection: keep-alive\r\n", "")).await;
    let writer = server.writer();
    for count in 1..=3 {
        let got = writer.send(&server.write(), |_| Text::default()).await;
        assert!(matches!(got, Answer::Accepted { .. }), "{got:?}");
        assert_eq!(server.seen().len(), count);
    }
}

#[tokio::test]
async fn refusals_say_why_and_successes_give_the_handle() {
    let server = Server::start(|number, _| match number {
        1 => answer(
            "422 No",
            JSON,
            r#"{"message":"tminus-canary-token is bad"}"#,
        ),
        2 => answer("429 Slow", "retry-after: 1\r\n", ""),
        _ => answer("201 Created", "x-request-id: abc\r\n", r#"{"id":"7"}"#),
    })
    .await;
    let writer = server.writer();
    let Answer::Refused { status: 422, why } = writer.send(&server.write(), |_| "".into()).await
    else {
        panic!("422 is a refusal");
    };
    assert!(why.contains("is bad") && !why.contains("canary"), "{why}");
    let slow = writer.send(&server.write(), |_| "".into()).await;
    assert!(matches!(slow, Answer::Refused { status: 429, .. }));
    let got = writer
        .send(&server.write(), |reply| reply.text().as_str().into())
        .await;
    assert_eq!(
        got,
        Answer::Accepted {
            handle: r#"{"id":"7"}"#.into(),
            request_id: "abc".into()
        }
    );
    assert_eq!(server.seen().len(), 3);
    assert!(
        server.seen()[0]
            .to_ascii_lowercase()
            .contains("content-type: application/json")
    );
}

#[tokio::test]
async fn what_never_left_is_no_lost_answer() {
    let server = Server::start(|_, _| None).await;
    let writer = server.writer();
    let mut elsewhere = server.write();
    elsewhere.url = "http://127.0.0.1:9/act".to_owned();
    let got = writer.send(&elsewhere, |_| "".into()).await;
    assert!(matches!(got, Answer::Refused { status: 0, .. }), "{got:?}");

    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let base = parse_base(&closed, true, false).unwrap();
    let writer = WriteClient::new(Access::ReadWrite, WriteSettings::new(base, None)).unwrap();
    let mut request = server.write();
    request.url = format!("{closed}/act");
    let got = writer.send(&request, |_| "".into()).await;
    let Answer::Refused { status: 0, why } = got else {
        panic!("{got:?}");
    };
    assert!(
        why.contains("nothing was sent") && why.contains("refuses"),
        "{why}"
    );
}

#[test]
fn a_read_only_process_has_no_writer() {
    let base = parse_base("http://127.0.0.1:1", true, false).unwrap();
    assert!(WriteClient::new(Access::ReadOnly, WriteSettings::new(base, None)).is_none());
}

#[tokio::test]
async fn reads_are_tried_again_but_not_for_ever() {
    let flaky = Server::start(|number, _| match number {
        1 => answer("502 Bad", "", ""),
        2 => None,
        _ => answer("200 OK", JSON, "{}"),
    })
    .await;
    let reader = flaky.reader();
    assert!(reader.send(reader.get("/x", &[])).await.is_ok());
    assert_eq!(reader.requests(), 3);

    let down = Server::start(|_, _| answer("502 Bad", "", "")).await;
    let reader = down.reader();
    let failure = reader.send(reader.get("/x", &[])).await.err().unwrap();
    assert_eq!(failure.fault.connection, Connection::Unreachable);
    assert_eq!(down.seen().len(), 3);

    let denied = Server::start(|_, _| answer("401 No", JSON, r#"{"message":"Bad"}"#)).await;
    let reader = denied.reader();
    let failure = reader.send(reader.get("/x", &[])).await.err().unwrap();
    assert_eq!(failure.fault.connection, Connection::Unauthorised);
    assert_eq!(denied.seen().len(), 1);
}

#[tokio::test]
async fn a_long_wait_is_obeyed_by_all_reads() {
    let server = Server::start(|_, _| answer("429 Slow", "retry-after: 60\r\n", "")).await;
    let reader = server.reader();
    for _ in 0..3 {
        let failure = reader.send(reader.get("/x", &[])).await.err().unwrap();
        assert_eq!(failure.fault.connection, Connection::RateLimited);
        assert!(failure.fault.retry_at.is_some());
    }
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn an_answer_that_still_holds_is_given_again() {
    let server = Server::start(|_, request| {
        if request
            .to_ascii_lowercase()
            .contains("if-none-match: \"v1\"")
        {
            answer("304 Not Modified", "etag: \"v1\"\r\n", "")
        } else {
            answer(
                "200 OK",
                "etag: \"v1\"\r\ncontent-type: application/json\r\n",
                "[1]",
            )
        }
    })
    .await;
    let reader = server.reader();
    let first = reader.send(reader.get("/x", &[])).await.unwrap();
    let second = reader.send(reader.get("/x", &[])).await.unwrap();
    assert!(first.changed && !second.changed);
    assert_eq!(second.json::<Vec<u8>>().unwrap(), [1]);
    assert_eq!(second.status, 200);
    let fresh = reader.send(reader.get("/x", &[]).fresh()).await.unwrap();
    assert!(fresh.changed);
}

#[tokio::test]
async fn a_trickle_ends_at_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                read_request(&mut stream).await;
                let head = format!("HTTP/1.1 200 OK\r\n{JSON}content-length: 9999\r\n\r\n");
                let rest = head.into_bytes().into_iter().chain(std::iter::repeat(b' '));
                for byte in rest {
                    if stream.write_all(&[byte]).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            });
        }
    });
    let mut settings = ReadSettings::new(parse_base(&base, false, false).unwrap(), None, 600);
    settings.deadline = Duration::from_millis(900);
    let reader = ReadClient::new(settings);
    let failure = reader.send(reader.get("/x", &[])).await.err().unwrap();
    assert!(failure.fault.detail.contains("in time"), "{failure:?}");
    assert_eq!(reader.requests(), 1);
}

#[tokio::test]
async fn what_is_no_json_is_no_data() {
    let cases = [
        (
            "content-type: text/html\r\n",
            "<html>log in</html>",
            "web page",
        ),
        ("", "<!doctype html>", "web page"),
        ("content-type: text/plain\r\n", "ok", "text/plain"),
        (JSON, "[1,2", "half an answer"),
        (JSON, "", "half an answer"),
        (JSON, "[1]x", "not valid"),
        (JSON, r#"{"a":1}"#, "describes"),
    ];
    for (headers, body, word) in cases {
        let server = Server::start(move |_, _| answer("200 OK", headers, body)).await;
        let reader = server.reader();
        let failure = match reader.send(reader.get("/x", &[])).await {
            Ok(reply) => reply.json::<Vec<u8>>().err().unwrap(),
            Err(failure) => failure,
        };
        assert!(failure.fault.detail.contains(word), "{body}: {failure:?}");
        assert_eq!(failure.fault.connection, Connection::Unreachable);
    }
}

#[tokio::test]
async fn half_an_answer_is_neither_remembered_nor_the_last_good_one() {
    let server = Server::start(|number, request| {
        let tag = "etag: \"v1\"\r\ncontent-type: application/json\r\n";
        if request.to_ascii_lowercase().contains("if-none-match") {
            answer("304 Not Modified", tag, "")
        } else if number == 1 {
            answer("200 OK", tag, "[1,")
        } else {
            answer("200 OK", tag, "[1,2]")
        }
    })
    .await;
    let reader = server.reader();
    let failure = reader.send(reader.get("/x", &[])).await.err().unwrap();
    assert!(
        failure.fault.detail.contains("half an answer"),
        "{failure:?}"
    );
    assert_eq!(reader.last_ok(), None);
    let whole = reader.send(reader.get("/x", &[])).await.unwrap();
    assert_eq!(whole.json::<Vec<u8>>().unwrap(), [1, 2]);
    assert!(whole.changed);
}

#[tokio::test]
async fn a_round_that_failed_does_not_make_the_last_good_answer_younger() {
    let server = Server::start(|_, _| answer("200 OK", JSON, "{}")).await;
    let reader = server.reader();
    reader.send(reader.get("/x", &[])).await.unwrap();
    let good = reader.health(None, None).last_ok.unwrap();
    reader.send(reader.get("/y", &[])).await.unwrap();
    assert!(reader.last_ok().unwrap() > good);
    for (connection, since) in [
        (Connection::Unreachable, Some(good)),
        (Connection::Forbidden, Some(good)),
        (Connection::Degraded, reader.last_ok()),
    ] {
        let fault = fault::fault(connection, "it failed later");
        assert_eq!(reader.health(Some(&fault), None).last_ok, since);
    }
}

#[tokio::test]
async fn a_bomb_is_capped_by_what_it_unpacks_to() {
    let server = Server::start(|_, _| {
        let packed = zeros();
        let mut answer = format!(
            "HTTP/1.1 200 OK\r\n{JSON}content-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
            packed.len()
        )
        .into_bytes();
        answer.extend(packed);
        Some(answer)
    })
    .await;
    let reader = server.reader_with(|settings| settings.body_cap = 1024 * 1024);
    let failure = reader.send(reader.get("/x", &[])).await.err().unwrap();
    assert!(
        failure.fault.detail.contains("more than 1 MiB"),
        "{failure:?}"
    );
    let reader = server.reader_with(|settings| settings.body_cap = 3 * 1024 * 1024);
    let whole = reader.get("/x", &[]).expect(Expect::Any);
    let reply = reader.send(whole).await.unwrap();
    assert_eq!(reply.body.len(), 2 * 1024 * 1024);
}

/// 2 MiB of zeros as a gzip member with one fixed-Huffman block: a literal 0,
/// then runs of 258 at distance 1.
fn zeros() -> Vec<u8> {
    struct Bits(Vec<u8>, u32);
    impl Bits {
        fn push(&mut self, value: u32, count: u32) {
            for bit in 0..count {
                if self.1 == 0 {
                    self.0.push(0);
                }
                let last = self.0.last_mut().unwrap();
                *last |= u8::from(value >> bit & 1 == 1) << self.1;
                self.1 = (self.1 + 1) % 8;
            }
        }
        fn code(&mut self, code: u32, count: u32) {
            for bit in (0..count).rev() {
                self.push(code >> bit & 1, 1);
            }
        }
    }
    let total = 2 * 1024 * 1024_u32;
    let mut bits = Bits(vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], 0);
    bits.push(1, 1);
    bits.push(1, 2);
    let literals = 1 + (total - 1) % 258;
    for _ in 0..literals {
        bits.code(0x30, 8);
    }
    for _ in 0..(total - literals) / 258 {
        bits.code(0b1100_0101, 8);
        bits.code(0, 5);
    }
    bits.code(0, 7);
    let mut crc = u32::MAX;
    for _ in 0..total {
        crc ^= 0;
        for _ in 0..8 {
            crc = crc >> 1 ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    let mut bytes = bits.0;
    bytes.extend((!crc).to_le_bytes());
    bytes.extend(total.to_le_bytes());
    bytes
}

#[tokio::test]
async fn vendors_headers_reach_the_health() {
    let server = Server::start(|_, _| {
        answer(
            "200 OK",
            "content-type: application/json\r\nratelimit-limit: 960\r\nratelimit-remaining: 900\r\nratelimit-reset: 30\r\ndate: Sun, 22 Nov 2020 14:00:00 GMT\r\n",
            "{}",
        )
    })
    .await;
    let reader = server.reader();
    reader.send(reader.get("/x", &[])).await.unwrap();
    let health = reader.health(None, None);
    assert_eq!(health.connection, Connection::Ok);
    assert_eq!(health.budget.unwrap().remaining, 900);
    assert!(health.clock_skew_seconds.unwrap() < -60);
    assert!(health.last_ok.is_some());
}
