//! Who works at Larkspur Goods and what they run.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::domain::Timestamp;

use super::{delivery::Environment, traffic::Traffic};

/// Index into [`super::World::people`].
pub type PersonIndex = usize;
/// Index into [`super::World::services`].
pub type ServiceIndex = usize;

/// One colleague; the same person has an account at each vendor.
#[derive(Clone, Debug)]
pub struct Person {
    /// GitHub login.
    pub login: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// Address, also the PagerDuty account.
    pub email: String,
    /// GitHub user id.
    pub github_id: u64,
    /// PagerDuty user id, such as `PUANA01`.
    pub pagerduty_id: String,
}

/// Where the code of a service lives and its pipelines run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Host {
    /// GitHub.
    #[default]
    GitHub,
    /// GitLab.
    GitLab,
    /// Jenkins.
    Jenkins,
}

/// One service with its repository.
#[derive(Clone, Debug)]
pub struct Service {
    /// Name of the service and of its repository.
    pub name: String,
    /// What it does.
    pub description: String,
    /// Where its code lives.
    pub host: Host,
    /// GitHub repository id; the ids of workflows and environments derive
    /// from it.
    pub repository_id: u64,
    /// PagerDuty service id, such as `PCHECK1`.
    pub pagerduty_id: String,
    /// 1 is the most important.
    pub tier: u8,
    /// Names of services that it calls.
    pub depends_on: Vec<String>,
    /// Whether somebody works on it all day long.
    pub active: bool,
    /// Default-branch history, oldest first.
    pub commits: Vec<Commit>,
    /// Tags with releases, oldest first.
    pub tags: Vec<Tag>,
    /// Open milestones.
    pub milestones: Vec<Milestone>,
    /// `staging` and `production`, in this order.
    pub environments: [Environment; 2],
    /// What its metrics say; only for services that are measured.
    pub traffic: Option<Box<Traffic>>,
    /// Number of the newest run of each workflow.
    pub run_numbers: [u32; 3],
}

/// One commit of the default branch; each came in by a pull request.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Object name, raw.
    pub sha: [u8; 20],
    /// First line of the message.
    pub headline: String,
    /// Number of the pull request that brought it in.
    pub pull_request: u32,
    /// Who wrote it.
    pub author: PersonIndex,
    /// When it was merged.
    pub at: Timestamp,
    /// Paths that it changes beside those that [`Commit::paths`] makes up.
    pub files: Vec<String>,
}

impl Service {
    /// The `CODEOWNERS` file of its repository.
    pub fn code_owners(&self) -> String {
        format!(
            "# Who is asked about a change.\n\
             *            @larkspur/{}\n\
             /migrations/ @larkspur/databases\n\
             /config/     @larkspur/platform\n\
             /e2e/        @larkspur/quality\n\
             /tests/      @larkspur/{} @larkspur/quality\n",
            self.name, self.name
        )
    }
}

impl Commit {
    /// The object name in hexadecimal.
    pub fn sha(&self) -> String {
        hex(&self.sha)
    }

    /// The paths that it changes: one or two made up from its name, and those
    /// that the script asks for.
    pub fn paths(&self) -> Vec<String> {
        const WORDS: [&str; 16] = [
            "address", "basket", "cache", "client", "currency", "errors", "events", "facets",
            "limits", "lines", "metrics", "pages", "retry", "session", "stock", "worker",
        ];
        let word = |byte: u8| WORDS[usize::from(byte % 16)];
        let [first, second, more, ..] = self.sha;
        let mut paths = vec![format!("src/{}.rs", word(first))];
        if more % 2 == 0 {
            paths.push(format!("tests/{}.rs", word(second)));
        }
        paths.extend(self.files.iter().cloned());
        paths
    }

    /// What its pull request was labelled with, by its headline.
    pub fn labels(&self) -> Vec<&'static str> {
        let mut labels = Vec::new();
        if self.headline.contains("CVE-") {
            labels.push("security");
        }
        if self.headline.starts_with("Fix ") {
            labels.push("bug");
        }
        if self.headline.starts_with("Upgrade ") || self.headline.starts_with("Update ") {
            labels.push("dependencies");
        }
        labels
    }

    /// The last commit of its branch, which was squashed when it was merged.
    pub fn branch_head(&self) -> String {
        let mut sha = self.sha;
        sha.reverse();
        hex(&sha)
    }

    /// The commit of its branch that was approved: of one in six the last
    /// commit came after the approval.
    pub fn approved_head(&self) -> String {
        if self.sha[3].is_multiple_of(6) {
            let mut sha = self.sha;
            sha.rotate_left(7);
            hex(&sha)
        } else {
            self.branch_head()
        }
    }

    /// Who approved its pull request, of so many people.
    pub fn approver(&self, people: usize) -> PersonIndex {
        let next = (self.author + 1) % people;
        // The operator approves no code.
        if next == 0 { 1 } else { next }
    }

    /// The message: squash merges name their pull request in the headline.
    pub fn message(&self) -> String {
        format!("{} (#{})", self.headline, self.pull_request)
    }
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// A version: a tag and its release page.
#[derive(Clone, Debug)]
pub struct Tag {
    /// The version without the `v`.
    pub version: String,
    /// Index of the commit in the service's history.
    pub commit: usize,
    /// When it was made.
    pub at: Timestamp,
    /// What is published of it.
    pub page: TagPage,
}

/// What is published of a tag.
#[derive(Clone, Debug, Default)]
pub enum TagPage {
    /// The page that its pipeline wrote when it was made.
    #[default]
    Automatic,
    /// Nothing.
    Nothing,
    /// A page that somebody wrote.
    Written(Box<WrittenPage>),
}

/// A page that somebody wrote.
#[derive(Clone, Debug)]
pub struct WrittenPage {
    /// Its title.
    pub title: String,
    /// What it says.
    pub body: String,
    /// Not published yet.
    pub draft: bool,
    /// Not for production.
    pub prerelease: bool,
    /// Who wrote it.
    pub author: PersonIndex,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Tag {
    /// Whether everybody sees a page of it.
    pub fn is_published(&self) -> bool {
        match &self.page {
            TagPage::Automatic => true,
            TagPage::Nothing => false,
            TagPage::Written(page) => !page.draft,
        }
    }

    /// Whether there is a page of it, or a draft.
    pub fn has_page(&self) -> bool {
        !matches!(self.page, TagPage::Nothing)
    }

    /// The tag's name, such as `v4.12.0`.
    pub fn name(&self) -> String {
        format!("v{}", self.version)
    }
}

/// A milestone of a repository.
#[derive(Clone, Debug)]
pub struct Milestone {
    /// Number in the repository.
    pub number: u32,
    /// Title.
    pub title: String,
    /// When it is due.
    pub due: Option<Timestamp>,
    /// Open and closed issues.
    pub issues: (u32, u32),
}

impl Service {
    /// The digest of the image of a version.
    pub fn digest(&self, version: &str) -> String {
        let hash = Sha256::digest(format!("{}:{version}", self.name));
        format!("sha256:{}", hex(&hash))
    }

    /// The tags that have a page or a draft of one, newest first.
    pub fn pages(&self) -> Vec<usize> {
        let has = |index: &usize| self.tags[*index].has_page();
        (0..self.tags.len()).rev().filter(has).collect()
    }

    /// The place of the tag of this name.
    pub fn tag_named(&self, name: &str) -> Option<usize> {
        self.tags.iter().position(|tag| tag.name() == name)
    }

    /// What its pipeline writes on the page of a tag.
    pub fn automatic_notes(&self, index: usize) -> String {
        let from = index
            .checked_sub(1)
            .map_or(0, |before| self.tags[before].commit + 1);
        self.commits[from..=self.tags[index].commit]
            .iter()
            .map(|commit| format!("* {} in #{}", commit.headline, commit.pull_request))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The commit that a tag or version names.
    pub fn commit_of(&self, version: &str) -> Option<(usize, &Commit)> {
        let version = version.strip_prefix('v').unwrap_or(version);
        let tag = self.tags.iter().find(|tag| tag.version == version)?;
        Some((tag.commit, self.commits.get(tag.commit)?))
    }

    /// The commit with this object name, or an abbreviation of it, a tag's
    /// or the default branch's.
    pub fn resolve(&self, reference: &str) -> Option<usize> {
        if matches!(reference, "main" | "HEAD" | "refs/heads/main") {
            return self.commits.len().checked_sub(1);
        }
        let reference = reference.strip_prefix("refs/").unwrap_or(reference);
        let name = reference.strip_prefix("tags/").unwrap_or(reference);
        if name.starts_with('v') {
            return self.commit_of(name).map(|(index, _)| index);
        }
        (name.len() >= 7)
            .then(|| {
                self.commits
                    .iter()
                    .position(|commit| commit.sha().starts_with(name))
            })
            .flatten()
    }
}
