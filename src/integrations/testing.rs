//! A vendor on loopback that answers what a test tells it to, and remembers
//! what it was asked.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{
    domain::{Body, Fact, Origin, SourceId},
    integrations::contract::{FactSink, Kept, Spool},
};

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// What the vendor does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Answers with status, extra header lines and body.
    Say(u16, String, String),
    /// Reads the request and closes the connection.
    Drop,
    /// Answers, and closes the connection without saying so.
    SayAndClose(u16, String),
}

impl Reply {
    pub(crate) fn json(body: &str) -> Self {
        Self::Say(
            200,
            "content-type: application/json\r\n".to_owned(),
            body.to_owned(),
        )
    }

    pub(crate) fn status(status: u16, body: &str) -> Self {
        Self::Say(
            status,
            "content-type: application/json\r\n".to_owned(),
            body.to_owned(),
        )
    }
}

type Script = dyn Fn(&Asked) -> Reply + Send + Sync;

/// The vendor.
pub(crate) struct Vendor {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Vendor {
    pub(crate) async fn start(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let script: Arc<Script> = Arc::new(script);
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&log)));
            }
        });
        Self { url, asked }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn writes(&self) -> usize {
        self.asked()
            .iter()
            .filter(|asked| asked.method != "GET" && asked.path != "/graphql")
            .count()
    }
}

async fn serve(mut stream: TcpStream, script: Arc<Script>, log: Arc<Mutex<Vec<Asked>>>) {
    let mut buffer = Vec::new();
    loop {
        let Some(asked) = read(&mut stream, &mut buffer).await else {
            return;
        };
        log.lock().unwrap().push(asked.clone());
        let (status, headers, body, close) = match script(&asked) {
            Reply::Drop => return,
            Reply::Say(status, headers, body) => (status, headers, body, false),
            Reply::SayAndClose(status, body) => (status, String::new(), body, true),
        };
        let answer = format!(
            "HTTP/1.1 {status} x\r\ncontent-length: {}\r\n{headers}\r\n{body}",
            body.len()
        );
        if stream.write_all(answer.as_bytes()).await.is_err() || close {
            return;
        }
    }
}

async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Asked> {
    loop {
        let text = String::from_utf8_lossy(buffer).into_owned();
        if let Some((head, rest)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, value)| value.trim().parse().unwrap());
            if rest.len() >= length {
                let mut first = head.lines().next()?.split(' ');
                let asked = Asked {
                    method: first.next()?.to_owned(),
                    path: first.next()?.to_owned(),
                    head: head.to_owned(),
                    body: rest[..length].to_owned(),
                };
                buffer.drain(..head.len() + 4 + length);
                return Some(asked);
            }
        }
        let mut chunk = [0; 8192];
        let count = stream.read(&mut chunk).await.ok()?;
        if count == 0 {
            return None;
        }
        buffer.extend_from_slice(&chunk[..count]);
    }
}

/// The logs that were handed over, in memory.
#[derive(Default)]
pub(crate) struct Memory(Mutex<Vec<(Origin, Vec<u8>)>>);

impl Memory {
    /// What is kept of a job's log.
    pub(crate) fn log(&self, job: &Origin) -> String {
        let logs = self.0.lock().unwrap();
        let kept = logs.iter().find(|(kept, _)| kept == job).unwrap();
        String::from_utf8(kept.1.clone()).unwrap()
    }
}

impl Spool for Memory {
    fn put(&self, job: &Origin, from: u64, bytes: &[u8]) -> std::io::Result<Kept> {
        let mut logs = self.0.lock().unwrap();
        let place = logs.iter().position(|(kept, _)| kept == job);
        let place = place.unwrap_or_else(|| {
            logs.push((job.clone(), Vec::new()));
            logs.len() - 1
        });
        let log = &mut logs[place].1;
        if from <= log.len() as u64 {
            log.truncate(usize::try_from(from).unwrap());
            log.extend_from_slice(bytes);
        }
        Ok(Kept {
            edition: 0,
            bytes: log.len() as u64,
        })
    }
}

/// A sink that keeps what it is given.
pub(crate) fn sink(source: &str) -> (FactSink, Arc<Mutex<Vec<Fact>>>) {
    let (sink, facts, _) = sink_with_logs(source);
    (sink, facts)
}

/// The same, with the logs.
pub(crate) fn sink_with_logs(source: &str) -> (FactSink, Arc<Mutex<Vec<Fact>>>, Arc<Memory>) {
    let logs: Arc<Memory> = Arc::default();
    let facts: Arc<Mutex<Vec<Fact>>> = Arc::default();
    let kept = Arc::clone(&facts);
    let sink = FactSink::new(
        SourceId::new(source),
        Arc::new(move |new| kept.lock().unwrap().extend(new)),
    )
    .with_spool(logs.clone());
    (sink, facts, logs)
}

/// What was emitted so far.
pub(crate) fn bodies(facts: &Arc<Mutex<Vec<Fact>>>) -> Vec<Body> {
    facts
        .lock()
        .unwrap()
        .iter()
        .map(|fact| fact.body.clone())
        .collect()
}
