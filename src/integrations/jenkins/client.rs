//! The calls, each a method that asks one question and decodes one answer.
//!
//! Jenkins has no limit and no entity tags, and what is asked for without `tree`
//! walks the whole controller: so every question names what it wants, and every
//! list its length.

use std::time::Duration;

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{COOKIE, SET_COOKIE},
};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::{
    domain::Connection,
    error::Error,
    integrations::http::{
        Credential, Expect, Failure, Lenient, Need, ReadClient, ReadSettings, Reply, Seen,
        Transport, encode, parse_base,
    },
};

use super::{config::Settings, wire};

/// Largest part of a log that is read at once, in bytes after unpacking.
const LOG_CAP: usize = 64 * 1024 * 1024;
/// What is asked of a build. The commits are cut to the newest few: they only
/// give the build its title.
macro_rules! build {
    () => {
        "number,url,result,building,timestamp,duration,displayName,description,queueId,\
         actions[_class,causes[_class,shortDescription,userId],parameters[_class,name,value],\
         lastBuiltRevision[SHA1,branch[name]]],\
         changeSets[items[commitId,msg,author[fullName]]{0,1}],\
         changeSet[items[commitId,msg,author[fullName]]{0,1}]"
    };
}
/// What is asked of a job beside its builds.
macro_rules! job {
    () => {
        "name,fullName,nextBuildNumber,queueItem[id,why,inQueueSince]"
    };
}
/// A job with its newest builds, or a folder with those of the jobs in it, two
/// levels down: a folder may hold a multibranch project.
const TREE: &str = concat!(
    job!(),
    ",builds[",
    build!(),
    "]{0,20},jobs[",
    job!(),
    ",builds[",
    build!(),
    "]{0,12},jobs[",
    job!(),
    ",builds[",
    build!(),
    "]{0,6}]{0,100}]{0,100}"
);
/// One build.
const BUILD: &str = build!();
/// A job's newest builds.
const BUILDS: &str = concat!("builds[", build!(), "]{0,30}");
/// The commits of a job's newest builds.
const CHANGES: &str = "builds[number,timestamp,\
     changeSets[items[commitId,msg,timestamp,author[fullName],affectedPaths]{0,100}],\
     changeSet[items[commitId,msg,timestamp,author[fullName],affectedPaths]{0,100}]]{0,50}";
/// What a job is started with.
const STARTABLE: &str = "buildable,property[parameterDefinitions[name,choices]]";

/// A part of a build's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Console {
    /// The bytes that came.
    pub bytes: Vec<u8>,
    /// The offset that the next part begins at. It counts what Jenkins keeps
    /// and does not show as well, so it cannot be told from the bytes.
    pub next: u64,
    /// Whether there will be more.
    pub more: bool,
}

/// Jenkins' API as one credential sees it, for reading.
pub struct Client {
    read: ReadClient,
}

impl Client {
    /// Makes the client. Nothing is sent.
    ///
    /// # Errors
    /// When the URL or the file of authorities cannot be used, for people.
    pub fn new(settings: &Settings, credential: Option<Credential>) -> Result<Self, Error> {
        let base = parse_base(settings.url.trim(), credential.is_some(), settings.insecure)?;
        let mut read = ReadSettings::new(base, credential, settings.requests_per_minute);
        read.transport = Transport::trusting(settings.ca_file.as_deref())?;
        read.deadline = Duration::from_secs(20);
        Ok(Self {
            read: ReadClient::new(read),
        })
    }

    /// What the connection told about itself: clock, requests.
    #[must_use]
    pub fn read(&self) -> &ReadClient {
        &self.read
    }

    async fn ask(&self, path: &str, query: &[(&str, &str)], need: Need) -> Result<Reply, Failure> {
        self.read.send(need.apply(self.read.get(path, query))).await
    }

    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        need: Need,
    ) -> Result<Seen<T>, Failure> {
        let reply = self.ask(path, query, need).await?;
        Ok(Seen {
            value: reply.json()?,
            at: reply.observed,
        })
    }

    /// A job with its newest builds, or a folder with those of the jobs in it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn item(&self, job: &str, need: Need) -> Result<Seen<wire::Item>, Failure> {
        self.get(&below(job, "api/json"), &[("tree", TREE)], need)
            .await
    }

    /// A job's newest builds.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn builds(&self, job: &str, need: Need) -> Result<Seen<wire::Item>, Failure> {
        self.get(&below(job, "api/json"), &[("tree", BUILDS)], need)
            .await
    }

    /// The commits that came in with a job's newest builds.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn changes(&self, job: &str, need: Need) -> Result<Seen<wire::Item>, Failure> {
        self.get(&below(job, "api/json"), &[("tree", CHANGES)], need)
            .await
    }

    /// What a job is started with.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn startable(&self, job: &str, need: Need) -> Result<wire::Startable, Failure> {
        let seen = self
            .get(&below(job, "api/json"), &[("tree", STARTABLE)], need)
            .await?;
        Ok(seen.value)
    }

    /// One build.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn build(
        &self,
        job: &str,
        number: u64,
        need: Need,
    ) -> Result<Seen<wire::Build>, Failure> {
        let path = of_build(job, number, "api/json");
        self.get(&path, &[("tree", BUILD)], need).await
    }

    /// The stages of a build, with their steps where this version of the plugin
    /// tells them. None for what is no pipeline, and where the plugin is not
    /// there: both are a 404.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn stages(
        &self,
        job: &str,
        number: u64,
        need: Need,
    ) -> Result<Option<Seen<wire::Described>>, Failure> {
        let path = of_build(job, number, "wfapi/describe");
        absent(self.get(&path, &[("fullStages", "true")], need).await)
    }

    /// The inputs that a build waits for; none where the plugin is not there.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn inputs(
        &self,
        job: &str,
        number: u64,
        need: Need,
    ) -> Result<Option<Seen<Lenient<wire::Input>>>, Failure> {
        let path = of_build(job, number, "wfapi/pendingInputActions");
        // `null` is no list: an answer of another shape must not pass for
        // "nothing waits".
        let Some(seen) = absent(self.get::<Vec<Box<RawValue>>>(&path, &[], need).await)? else {
            return Ok(None);
        };
        let mut list = Lenient::default();
        for one in &seen.value {
            match serde_json::from_str(one.get()) {
                Ok(input) => list.items.push(input),
                Err(_) => list.malformed += 1,
            }
        }
        Ok(Some(Seen {
            value: list,
            at: seen.at,
        }))
    }

    /// A build's log from an offset on; it grows while the build works.
    ///
    /// # Errors
    /// When it cannot be read; a status of 404 says that the build is gone.
    pub async fn console(
        &self,
        job: &str,
        number: u64,
        start: u64,
        need: Need,
    ) -> Result<Seen<Console>, Failure> {
        let path = of_build(job, number, "logText/progressiveText");
        let request = need
            .apply(self.read.get(&path, &[("start", &start.to_string())]))
            .fresh()
            .expect(Expect::Any)
            .body_cap(LOG_CAP);
        let reply = self.read.send(request).await?;
        let next = reply
            .header("x-text-size")
            .and_then(|size| size.trim().parse().ok())
            .ok_or_else(|| {
                Failure::new(
                    Connection::Degraded,
                    "the log came without X-Text-Size: does something on the way take headers out?",
                )
            })?;
        Ok(Seen {
            value: Console {
                next,
                more: reply.header("x-more-data") == Some("true"),
                bytes: reply.body.to_vec(),
            },
            at: reply.observed,
        })
    }

    /// An item of the queue; Jenkins forgets it some minutes after it left.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn queue_item(
        &self,
        id: i64,
        need: Need,
    ) -> Result<Option<Seen<wire::QueueItem>>, Failure> {
        absent(
            self.get(&format!("queue/item/{id}/api/json"), &[], need)
                .await,
        )
    }

    /// Whom the credential belongs to, and which Jenkins it is, where it says
    /// so.
    ///
    /// # Errors
    /// When Jenkins does not accept it.
    pub async fn me(&self) -> Result<(wire::Me, Option<String>), Failure> {
        let reply = self.ask("whoAmI/api/json", &[], Need::Fresh).await?;
        let version = reply.header("x-jenkins").map(str::to_owned);
        Ok((reply.json()?, version))
    }

    /// The headers that a change needs when the credential is a password: a
    /// crumb, and the session that it is bound to. None where Jenkins wants no
    /// crumbs (404).
    ///
    /// # Errors
    /// When it cannot be had.
    pub async fn crumb(&self) -> Result<HeaderMap, Failure> {
        let request = self.read.get("crumbIssuer/api/json", &[]);
        let request = Need::Fresh.apply(request).confidential();
        let reply = match self.read.send(request).await {
            Ok(reply) => reply,
            Err(failure) if failure.status == Some(404) => return Ok(HeaderMap::new()),
            Err(failure) => return Err(failure),
        };
        let crumb: wire::Crumb = reply.json()?;
        let unusable = || {
            Failure::new(
                Connection::Degraded,
                "Jenkins gave a crumb that no header can carry",
            )
        };
        let name =
            HeaderName::from_bytes(crumb.crumb_request_field.as_bytes()).map_err(|_| unusable())?;
        let mut headers = HeaderMap::new();
        headers.insert(name, sensitive(&crumb.crumb).ok_or_else(unusable)?);
        let cookies: Vec<&str> = reply
            .headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .collect();
        if !cookies.is_empty() {
            let value = sensitive(&cookies.join("; ")).ok_or_else(unusable)?;
            headers.insert(COOKIE, value);
        }
        Ok(headers)
    }
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// 404 as the absence that it says.
fn absent<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(failure) if failure.status == Some(404) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// The path of something of a job, of which the full name is given. A branch
/// with a slash is `feature%2Fx` there, so its `%` is encoded once more.
#[must_use]
pub fn below(job: &str, rest: &str) -> String {
    use std::fmt::Write as _;
    let mut path = String::new();
    for name in job.split('/') {
        let _ = write!(path, "job/{}/", encode(name));
    }
    path + rest
}

/// The path of something of a build.
#[must_use]
pub fn of_build(job: &str, number: u64, rest: &str) -> String {
    below(job, &format!("{number}/{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_with_a_slash_is_encoded_twice() {
        assert_eq!(
            of_build("larkspur/web/feature%2Fx", 7, "stop"),
            "job/larkspur/job/web/job/feature%252Fx/7/stop"
        );
        assert_eq!(below("a b", "api/json"), "job/a%20b/api/json");
    }

    #[test]
    fn every_question_is_cut_to_a_length() {
        for tree in [TREE, BUILDS, CHANGES] {
            assert!(!tree.contains(char::is_whitespace), "{tree}");
            let lists = ["builds[", "jobs[", "items["].map(|list| tree.matches(list).count());
            assert_eq!(
                tree.matches('{').count(),
                lists.iter().sum::<usize>(),
                "{tree}"
            );
        }
        assert!(TREE.len() < 3000, "some servers take no longer lines");
    }
}
