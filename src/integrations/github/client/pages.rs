//! The calls about the pages of versions: releases, and what a tag names.

use super::{Client, rest};
use crate::integrations::{
    github::wire::List,
    http::{Failure, Need, Seen, encode},
};

impl Client {
    /// The newest releases, drafts among them where the token may change them.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn newest_releases(
        &self,
        repository: &str,
        need: Need,
    ) -> Result<Seen<List<rest::Release>>, Failure> {
        let path = format!("/repos/{repository}/releases");
        self.get(&path, &[("per_page", "100")], need).await
    }

    /// The release of a tag; drafts are not found by their tag.
    ///
    /// # Errors
    /// When there is none (404), or it cannot be read.
    pub async fn release_of_tag(
        &self,
        repository: &str,
        tag: &str,
        need: Need,
    ) -> Result<Seen<rest::Release>, Failure> {
        let path = format!("/repos/{repository}/releases/tags/{}", encode(tag));
        self.get(&path, &[], need).await
    }

    /// The commit that a tag names, also one with a message of its own.
    ///
    /// # Errors
    /// When there is no such tag (404 or 422), or it cannot be read.
    pub async fn commit_of_tag(
        &self,
        repository: &str,
        tag: &str,
    ) -> Result<Seen<rest::OfCommit>, Failure> {
        let path = format!(
            "/repos/{repository}/commits/{}",
            encode(&format!("tags/{tag}"))
        );
        self.get(&path, &[], Need::Fresh).await
    }
}
