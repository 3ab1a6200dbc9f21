//! What a query can stand on: references into the world, not copies of it.

use crate::simulator::world::{
    company::{PersonIndex, ServiceIndex},
    run::Workflow,
};

/// One object of the schema.
#[derive(Clone, Debug)]
pub enum Node {
    /// The root.
    Query,
    /// The limit of this token.
    RateLimit,
    /// A person.
    User(PersonIndex),
    /// A person as a commit names them.
    GitActor(PersonIndex),
    /// The organisation.
    Organization,
    /// A repository.
    Repository(ServiceIndex),
    /// The default branch.
    Branch(ServiceIndex),
    /// A tag, by its position.
    Tag(ServiceIndex, usize),
    /// A commit, by its position in the history.
    Commit(ServiceIndex, usize),
    /// The checks of a run.
    CheckSuite(u64),
    /// The app that made them.
    App,
    /// A job of a run.
    CheckRun(u64, u64),
    /// A run.
    WorkflowRun(u64),
    /// A workflow.
    Workflow(ServiceIndex, Workflow),
    /// What a run waits for.
    DeploymentRequest(u64),
    /// A review of a run, by its position.
    DeploymentReview(u64, usize),
    /// An environment, by its position.
    Environment(ServiceIndex, usize),
    /// A deployment.
    Deployment(u64),
    /// A status of a deployment, by its position.
    DeploymentStatus(u64, usize),
    /// A release, by the position of its tag.
    Release(ServiceIndex, usize),
    /// A milestone, by its position.
    Milestone(ServiceIndex, usize),
    /// The pull request of a commit.
    PullRequest(ServiceIndex, usize),
    /// A label of the pull request of a commit, by its position.
    Label(ServiceIndex, usize, usize),
    /// The review of the pull request of a commit.
    CodeReview(ServiceIndex, usize),
    /// A commit of a branch that was squashed, by its name.
    BranchCommit(String),
    /// What lies between two commits.
    Comparison(ServiceIndex, usize, usize),
    /// One page of a list.
    Connection {
        /// Its type.
        kind: &'static str,
        /// What is on the page.
        nodes: Vec<Node>,
        /// Position of the first of them.
        begin: usize,
        /// Length of the list.
        total: usize,
    },
    /// An item of a page with its position.
    Edge(Box<Node>, usize),
    /// Where a page stands: first and end position, and the list's length.
    PageInfo(usize, usize, usize),
}

impl Node {
    /// Name of its type.
    pub fn typename(&self) -> &'static str {
        match self {
            Self::Query => "Query",
            Self::RateLimit => "RateLimit",
            Self::User(_) => "User",
            Self::GitActor(_) => "GitActor",
            Self::Organization => "Organization",
            Self::Repository(_) => "Repository",
            Self::Branch(_) | Self::Tag(..) => "Ref",
            Self::Commit(..) => "Commit",
            Self::CheckSuite(_) => "CheckSuite",
            Self::App => "App",
            Self::CheckRun(..) => "CheckRun",
            Self::WorkflowRun(_) => "WorkflowRun",
            Self::Workflow(..) => "Workflow",
            Self::DeploymentRequest(_) => "DeploymentRequest",
            Self::DeploymentReview(..) => "DeploymentReview",
            Self::Environment(..) => "Environment",
            Self::Deployment(_) => "Deployment",
            Self::DeploymentStatus(..) => "DeploymentStatus",
            Self::Release(..) => "Release",
            Self::Milestone(..) => "Milestone",
            Self::PullRequest(..) => "PullRequest",
            Self::Label(..) => "Label",
            Self::CodeReview(..) => "PullRequestReview",
            Self::BranchCommit(_) => "Commit",
            Self::Comparison(..) => "Comparison",
            Self::Connection { kind, .. } => kind,
            Self::Edge(node, _) => node.edge(),
            Self::PageInfo(..) => "PageInfo",
        }
    }

    /// Whether a type condition names its type or an interface of it.
    pub fn is(&self, name: &str) -> bool {
        self.typename() == name
            || match self {
                Self::User(_) => matches!(name, "Actor" | "Node" | "DeploymentReviewer"),
                Self::Organization => matches!(name, "Actor" | "Node" | "RepositoryOwner"),
                Self::Commit(..) | Self::BranchCommit(_) => matches!(name, "GitObject" | "Node"),
                _ => name == "Node" && self.has_id(),
            }
    }

    fn has_id(&self) -> bool {
        !matches!(
            self,
            Self::Query
                | Self::RateLimit
                | Self::GitActor(_)
                | Self::DeploymentRequest(_)
                | Self::Connection { .. }
                | Self::Edge(..)
                | Self::PageInfo(..)
        )
    }

    fn edge(&self) -> &'static str {
        match self {
            Self::Commit(..) => "CommitEdge",
            Self::CheckSuite(_) => "CheckSuiteEdge",
            Self::Deployment(_) => "DeploymentEdge",
            Self::Environment(..) => "EnvironmentEdge",
            Self::Release(..) => "ReleaseEdge",
            Self::Milestone(..) => "MilestoneEdge",
            Self::PullRequest(..) => "PullRequestEdge",
            Self::Label(..) => "LabelEdge",
            Self::CodeReview(..) => "PullRequestReviewEdge",
            Self::Tag(..) | Self::Branch(_) => "RefEdge",
            Self::WorkflowRun(_) => "WorkflowRunEdge",
            _ => "Edge",
        }
    }
}
