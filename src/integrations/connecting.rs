//! What a connection to a system that is polled and acted on is made of: its
//! two credentials, the client for writes, and a check of the pace.

use std::time::Duration;

use super::http::{Access, Credential, ReadClient, WriteSettings};
use crate::{
    domain::TokenSource,
    error::{Error, Kind},
};

/// How long one write may take.
const WRITE_DEADLINE: Duration = Duration::from_secs(20);

/// What proves who we are.
pub struct Credentials {
    read: Option<Credential>,
    act: Option<Credential>,
}

impl Credentials {
    /// The credentials for reading and, where it is another one, for acting.
    /// A read-only process never holds the latter.
    ///
    /// # Errors
    /// When `make` cannot make one.
    pub fn of(
        token: Option<&TokenSource>,
        act_token: Option<&TokenSource>,
        access: Access,
        make: impl Fn(&TokenSource) -> Result<Credential, Error>,
    ) -> Result<Self, Error> {
        let act_token = act_token.filter(|_| access == Access::ReadWrite);
        Ok(Self {
            read: token.map(&make).transpose()?,
            act: act_token.map(&make).transpose()?,
        })
    }

    /// The credential for reading.
    #[must_use]
    pub fn read(&self) -> Option<Credential> {
        self.read.clone()
    }

    /// How writes go to where `client` reads.
    #[must_use]
    pub fn write(self, client: &ReadClient) -> WriteSettings {
        let mut write = WriteSettings::new(client.base().clone(), self.act.or(self.read));
        write.transport = client.transport().clone();
        write.deadline = WRITE_DEADLINE;
        write
    }
}

/// Refuses settings of a system of this `kind` by which nothing could ever be
/// read. `usual` are the requests a minute and the seconds between two looks
/// where nothing is set.
///
/// # Errors
/// For people, with a hint.
pub fn check_pace(
    kind: &str,
    requests_per_minute: u32,
    poll_seconds: u32,
    usual: (u32, u32),
) -> Result<(), Error> {
    if requests_per_minute == 0 {
        return Err(Error::new(
            Kind::Usage,
            format!("{kind}: requests_per_minute is 0, so nothing could ever be read"),
        )
        .hint(format!("leave it out for {} requests a minute", usual.0)));
    }
    if poll_seconds == 0 {
        return Err(Error::new(
            Kind::Usage,
            format!("{kind}: poll_seconds is 0; the fastest is 1"),
        )
        .hint(format!("leave it out for {} seconds", usual.1)));
    }
    Ok(())
}
