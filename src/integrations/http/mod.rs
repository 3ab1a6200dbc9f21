//! The only door to the network. Reads go through [`ReadClient`], which may
//! repeat them, follow redirects and remember answers; writes go through
//! [`WriteClient`], which sends exactly once and cannot be made in a read-only
//! process. Both redact, both give faults in plain words.

mod body;
mod budget;
mod certificate;
mod client;
pub mod clock;
mod credential;
pub mod doctor;
pub mod fault;
mod identity;
mod lenient;
mod memory;
mod need;
mod origin;
pub mod pace;
mod path;
mod proxy;
mod reach;
mod read;
mod redact;
mod reply;
mod request;
mod transport;
pub mod wait;
mod write;

#[cfg(test)]
pub(crate) mod tests;

pub use budget::Priority;
pub use credential::Credential;
pub use fault::Failure;
pub use identity::Identity;
pub use lenient::{Lenient, odd_as_default};
pub use need::{Need, Seen};
pub use origin::{is_loopback, parse_base};
pub use path::encode;
pub use proxy::{Proxies, Proxy, Way};
pub use read::{ReadClient, ReadSettings};
pub use redact::{Redactor, safe_url};
pub use reply::Reply;
pub use request::{Expect, Request};
pub use transport::Transport;
pub use write::{Access, Dialect, WriteClient, WriteSettings};
