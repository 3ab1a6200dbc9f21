//! The keys of Jenkins' objects inside [`crate::domain::Origin`], such as
//! `larkspur/web/release#17`: the job's full name and the build's number, as
//! Jenkins itself writes them. No name of a job holds a `#`.

use crate::integrations::jenkins::config::is_job;

/// What a key names, always within one build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key<'a> {
    /// The job's full name.
    pub job: &'a str,
    /// The build's number.
    pub number: u64,
    /// What of the build.
    pub part: Part<'a>,
}

/// A part of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// All of it: a run.
    Build,
    /// A stage, or the one job of a build without stages.
    Stage(&'a str),
    /// An input that it waits for.
    Input(&'a str),
    /// What it deploys to an environment.
    Environment(&'a str),
}

/// The key of a build.
#[must_use]
pub fn build(job: &str, number: u64) -> String {
    format!("{job}#{number}")
}

/// The key of a part of a build.
#[must_use]
pub fn part(job: &str, number: u64, kind: &str, id: &str) -> String {
    format!("{job}#{number}/{kind}/{id}")
}

/// Reads a key.
#[must_use]
pub fn parse(key: &str) -> Option<Key<'_>> {
    let (job, rest) = key.split_once('#')?;
    if !is_job(job) {
        return None;
    }
    let (number, part) = match rest.split_once('/') {
        None => (rest, Part::Build),
        Some((number, part)) => {
            let (kind, id) = part.split_once('/')?;
            if id.is_empty() {
                return None;
            }
            let part = match kind {
                "stages" => Part::Stage(id),
                "inputs" => Part::Input(id),
                "environments" => Part::Environment(id),
                _ => return None,
            };
            (number, part)
        }
    };
    Some(Key {
        job,
        number: number.parse().ok()?,
        part,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let job = "larkspur/web/feature%2Fx";
        let key = |part| {
            Some(Key {
                job,
                number: 7,
                part,
            })
        };
        assert_eq!(parse(&build(job, 7)), key(Part::Build));
        for (kind, wanted) in [
            ("stages", Part::Stage("31")),
            ("inputs", Part::Input("31")),
            ("environments", Part::Environment("31")),
        ] {
            assert_eq!(parse(&part(job, 7, kind, "31")), key(wanted));
        }
        for wrong in [
            "",
            "web",
            "web#",
            "web#x",
            "web#7/",
            "web#7/stages",
            "web#7/stages/",
            "web#7/else/1",
            "a/../b#7",
            "#7",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
