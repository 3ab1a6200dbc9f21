//! Deployments, and what lies between two versions.

use serde::{Deserialize, Serialize};

use super::{EnvironmentName, Origin, ServiceName, Text, Timestamp, Version};

/// One version going to one environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// Identity.
    pub id: Origin,
    /// What is deployed.
    pub service: ServiceName,
    /// Where to.
    pub environment: EnvironmentName,
    /// Which version.
    pub version: Version,
    /// Full commit hash.
    pub commit: Text,
    /// Digest of what is deployed, such as `sha256:…`, where the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Text>,
    /// Where it stands.
    pub state: DeploymentState,
    /// Who asked for it.
    pub creator: Text,
    /// When it was created.
    pub created: Timestamp,
    /// When its state last changed.
    pub updated: Timestamp,
    /// The run that carries it out, where known.
    pub run: Option<Origin>,
    /// Page for people.
    pub url: Text,
}

/// Where a deployment stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeploymentState {
    /// Accepted, nothing has happened.
    Queued,
    /// Waits for a human or a timer.
    Waiting,
    /// At work.
    InProgress,
    /// It serves (or served until a newer one came).
    Success,
    /// It did not get there.
    Failure,
    /// A newer deployment replaced it.
    Inactive,
    /// A word that tminus does not know.
    Other(Text),
}

/// What came between two versions of a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The service.
    pub service: ServiceName,
    /// The older side: a version, tag or commit as it was asked for.
    pub base: Text,
    /// The newer side.
    pub head: Text,
    /// Commits on the newer side only, oldest first; may be fewer than `ahead`.
    pub commits: Vec<Commit>,
    /// How many commits the newer side is ahead.
    pub ahead: u32,
    /// How many commits the older side has that the newer lacks.
    pub behind: u32,
    /// Paths of changed files, at most 300.
    pub files: Vec<Text>,
    /// Pull requests that brought the commits in.
    pub pull_requests: Vec<PullRequest>,
}

/// One commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Commit {
    /// Full hash.
    pub sha: Text,
    /// First line of the message.
    pub title: Text,
    /// Who wrote it.
    pub author: Text,
    /// When.
    pub at: Timestamp,
}

/// The files that one commit touches. A commit never changes, so neither does
/// this.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommitFiles {
    /// The service in whose repository it is.
    pub service: ServiceName,
    /// Full hash.
    pub sha: Text,
    /// Paths from the root of the repository, at most 300.
    pub files: Vec<Text>,
}

/// One merged pull request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PullRequest {
    /// Its number in the repository.
    pub number: u64,
    /// Its title.
    pub title: Text,
    /// Who opened it.
    pub author: Text,
    /// What it was labelled with.
    #[serde(default)]
    pub labels: Vec<Text>,
    /// What each of its reviewers said last; none when nobody told.
    #[serde(default)]
    pub reviews: Option<Vec<CodeReview>>,
    /// Page for people.
    pub url: Text,
}

impl PullRequest {
    /// Who approved its final revision, its author left out; none when the
    /// reviews are not known.
    #[must_use]
    pub fn approved_by(&self) -> Option<Vec<&Text>> {
        let reviews = self.reviews.as_ref()?;
        Some(
            reviews
                .iter()
                .filter(|review| review.approved && review.of_final && review.author != self.author)
                .map(|review| &review.author)
                .collect(),
        )
    }
}

/// What a reviewer said last about a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeReview {
    /// Who; empty when the account is gone.
    pub author: Text,
    /// Whether they approved it; they asked for changes, or it was dismissed,
    /// when not.
    pub approved: bool,
    /// Whether it is about the revision that was merged.
    pub of_final: bool,
}

/// A version that was published with notes (GitHub: a release).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Published {
    /// Identity.
    pub id: Origin,
    /// The service.
    pub service: ServiceName,
    /// The version, from the tag.
    pub version: Version,
    /// The title of the publication.
    pub title: Text,
    /// When it was published; none for a draft.
    pub at: Option<Timestamp>,
    /// Marked as not for production.
    pub prerelease: bool,
    /// Page for people.
    pub url: Text,
}
