//! Listening on loopback, with connections that can be broken off.

use std::{
    future::IntoFuture,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU16, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    Router,
    extract::connect_info::Connected,
    middleware,
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Kind};

use super::site::{Site, door};

/// Ports that are tried: below the range that systems hand out to clients.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// How long open requests may take when the servers stop.
const FAREWELL: std::time::Duration = std::time::Duration::from_millis(300);
static NEXT_PORT: AtomicU16 = AtomicU16::new(0);

/// Breaks the connection of one client off.
#[derive(Clone, Debug, Default)]
pub struct Hangup(Arc<AtomicBool>);

impl Hangup {
    /// Breaks it off at the next byte that would be written.
    pub fn now(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn check(&self) -> io::Result<()> {
        if self.0.load(Ordering::Acquire) {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

/// A listener whose connections can be broken off.
pub struct Loopback {
    listener: TcpListener,
}

impl Loopback {
    /// Listens on a free port of 127.0.0.1.
    pub async fn bind() -> Result<Self, Error> {
        let span = PORTS.end - PORTS.start;
        let begin = (std::process::id() % u32::from(span)) as u16;
        let mut last = None;
        for _ in 0..512 {
            let step = NEXT_PORT.fetch_add(1, Ordering::Relaxed);
            let port = PORTS.start + (begin.wrapping_mul(7).wrapping_add(step)) % span;
            match TcpListener::bind(("127.0.0.1", port)).await {
                Ok(listener) => return Ok(Self { listener }),
                Err(error) => last = Some(error),
            }
        }
        Err(Error::new(
            Kind::Unknown,
            format!(
                "the simulator found no free port on 127.0.0.1: {}",
                last.map_or_else(String::new, |error| error.to_string())
            ),
        ))
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.listener
            .local_addr()
            .map_or_else(|_| String::new(), |address| format!("http://{address}"))
    }
}

/// Serves a vendor until the token is cancelled.
pub fn serve(
    listener: Loopback,
    router: Router,
    site: Site,
    stop: CancellationToken,
) -> JoinHandle<()> {
    let service = router
        .layer(middleware::from_fn_with_state(site, door))
        .into_make_service_with_connect_info::<Hangup>();
    tokio::spawn(async move {
        let served = axum::serve(listener, service)
            .with_graceful_shutdown(stop.clone().cancelled_owned())
            .into_future();
        // Whoever still waits for an answer when the end comes gets a moment.
        let end = async {
            stop.cancelled().await;
            tokio::time::sleep(FAREWELL).await;
        };
        tokio::select! {
            // A listener on loopback that fails ends the vendor; the clients
            // say so.
            _ = served => {}
            () = end => {}
        }
    })
}

/// One connection.
pub struct Connection {
    stream: TcpStream,
    hangup: Hangup,
}

impl Listener for Loopback {
    type Io = Connection;
    type Addr = Hangup;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            if let Ok((stream, _)) = self.listener.accept().await {
                let _ = stream.set_nodelay(true);
                let hangup = Hangup::default();
                return (
                    Connection {
                        stream,
                        hangup: hangup.clone(),
                    },
                    hangup,
                );
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(Hangup::default())
    }
}

impl Connected<IncomingStream<'_, Loopback>> for Hangup {
    fn connect_info(stream: IncomingStream<'_, Loopback>) -> Self {
        stream.remote_addr().clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Err(error) = self.hangup.check() {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
