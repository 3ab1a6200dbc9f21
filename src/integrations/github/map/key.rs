//! The keys of GitHub's objects inside [`crate::domain::Origin`], such as
//! `larkspur/checkout/runs/8841`.

use crate::integrations::github::config::is_repository;

/// What a key names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    /// A workflow run.
    Run {
        /// `owner/name`.
        repository: &'a str,
        /// The run.
        run: u64,
    },
    /// A job.
    Job {
        /// `owner/name`.
        repository: &'a str,
        /// The job.
        job: u64,
    },
    /// A deployment that waits.
    Approval {
        /// `owner/name`.
        repository: &'a str,
        /// The run that waits.
        run: u64,
        /// The environment's name.
        environment: &'a str,
    },
}

/// The key of a run.
#[must_use]
pub fn run(repository: &str, run: u64) -> String {
    format!("{repository}/runs/{run}")
}

/// The key of a job.
#[must_use]
pub fn job(repository: &str, job: u64) -> String {
    format!("{repository}/jobs/{job}")
}

/// The key of an approval.
#[must_use]
pub fn approval(repository: &str, run: u64, environment: &str) -> String {
    format!("{repository}/runs/{run}/approvals/{environment}")
}

/// Reads a key.
#[must_use]
pub fn parse(key: &str) -> Option<Key<'_>> {
    let second = key.match_indices('/').nth(1)?.0;
    let (repository, rest) = key.split_at(second);
    if !is_repository(repository) {
        return None;
    }
    let mut parts = rest.trim_start_matches('/').splitn(4, '/');
    let kind = parts.next()?;
    let id = parts.next()?.parse().ok()?;
    match (kind, parts.next(), parts.next()) {
        ("runs", None, None) => Some(Key::Run {
            repository,
            run: id,
        }),
        ("jobs", None, None) => Some(Key::Job {
            repository,
            job: id,
        }),
        ("runs", Some("approvals"), Some(environment)) if !environment.is_empty() => {
            Some(Key::Approval {
                repository,
                run: id,
                environment,
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let repository = "larkspur/checkout";
        assert_eq!(
            parse(&run(repository, u64::MAX)),
            Some(Key::Run {
                repository,
                run: u64::MAX
            })
        );
        assert_eq!(
            parse(&job(repository, 7)),
            Some(Key::Job { repository, job: 7 })
        );
        assert_eq!(
            parse(&approval(repository, 7, "eu/production")),
            Some(Key::Approval {
                repository,
                run: 7,
                environment: "eu/production"
            })
        );
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for wrong in [
            "",
            "larkspur",
            "larkspur/checkout",
            "larkspur/checkout/runs",
            "larkspur/checkout/runs/x",
            "larkspur/checkout/runs/-1",
            "larkspur/../runs/1",
            "larkspur/checkout/runs/1/approvals/",
            "larkspur/checkout/runs/1/other/2",
            "larkspur/checkout?a/runs/1",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
