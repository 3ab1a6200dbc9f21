//! The keys of GitLab's objects inside [`crate::domain::Origin`], such as
//! `larkspur/web/-/pipelines/8841`: the path of their page, with GitLab's own
//! divider between project and object.

use crate::integrations::gitlab::config::is_project;

/// What a key names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    /// A pipeline.
    Pipeline {
        /// `group/project`.
        project: &'a str,
        /// Its id.
        id: u64,
    },
    /// A job; as an approval: a manual job that waits.
    Job {
        /// `group/project`.
        project: &'a str,
        /// Its id.
        id: u64,
    },
    /// A deployment; as an approval: one that waits for approvals.
    Deployment {
        /// `group/project`.
        project: &'a str,
        /// Its id.
        id: u64,
    },
}

/// The key of an object.
#[must_use]
pub fn of(project: &str, kind: &str, id: impl std::fmt::Display) -> String {
    format!("{project}/-/{kind}/{id}")
}

/// Reads a key.
#[must_use]
pub fn parse(key: &str) -> Option<Key<'_>> {
    let (project, object) = key.split_once("/-/")?;
    if !is_project(project) {
        return None;
    }
    let (kind, id) = object.split_once('/')?;
    let id = id.parse().ok()?;
    match kind {
        "pipelines" => Some(Key::Pipeline { project, id }),
        "jobs" => Some(Key::Job { project, id }),
        "deployments" => Some(Key::Deployment { project, id }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let project = "larkspur/shop/web";
        assert_eq!(
            parse(&of(project, "pipelines", 7)),
            Some(Key::Pipeline { project, id: 7 })
        );
        assert_eq!(
            parse(&of(project, "jobs", 8)),
            Some(Key::Job { project, id: 8 })
        );
        assert_eq!(
            parse(&of(project, "deployments", 9)),
            Some(Key::Deployment { project, id: 9 })
        );
        for wrong in [
            "web/-/jobs/1",
            "a/b/jobs/1",
            "a/b/-/jobs/x",
            "a/b/-/jobs/1/2",
            "a/../b/-/jobs/1",
            "",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
