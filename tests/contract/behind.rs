//! The plain server behind a front or a proxy.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A plain server that answers `{}` to each request and 400 to what is none,
/// and keeps the first lines.
pub struct Behind {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Behind {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = seen.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let kept = kept.clone();
                tokio::spawn(async move {
                    let mut bytes = Vec::new();
                    let ended = |bytes: &[u8]| bytes.windows(4).any(|four| four == b"\r\n\r\n");
                    while !ended(&bytes) && bytes.first().is_none_or(u8::is_ascii_uppercase) {
                        match stream.read_buf(&mut bytes).await {
                            Ok(0) | Err(_) => return,
                            Ok(_) => {}
                        }
                    }
                    let (status, first) = if ended(&bytes) {
                        let text = String::from_utf8_lossy(&bytes).into_owned();
                        ("200 OK", text.lines().next().unwrap_or_default().to_owned())
                    } else {
                        ("400 Bad Request", "no request".to_owned())
                    };
                    kept.lock().unwrap().push(first);
                    let answer = format!(
                        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n\
                         content-length: 2\r\nconnection: close\r\n\r\n{{}}"
                    );
                    let _written = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        Self { address, seen }
    }

    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}
