//! Bodies, read with a cap on what they unpack to.

use reqwest::{Response, Url};

use super::{Failure, Transport, origin::origin_text, reach};
use crate::domain::Connection;

/// Reads the whole body, at most `cap` bytes after unpacking.
pub(super) async fn read(
    mut response: Response,
    cap: usize,
    url: &Url,
    transport: &Transport,
) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(None) => return Ok(body),
            Ok(Some(chunk)) if body.len() + chunk.len() > cap => {
                let detail = format!(
                    "{} sent more than {} MiB: that is not read",
                    origin_text(url),
                    cap.div_ceil(1024 * 1024)
                );
                return Err(Failure::new(Connection::Degraded, &detail));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Err(error) => return Err(reach::unreached(&error.without_url(), url, transport)),
        }
    }
}

/// Reads the first `cap` bytes and leaves the rest: for error messages.
pub(super) async fn start(mut response: Response, cap: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < cap {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    body.truncate(cap);
    body
}
