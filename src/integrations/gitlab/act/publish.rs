//! Notes published as the page of a tag (GitLab: a release): the request, and
//! the looks before and after it.
//!
//! GitLab makes the tag where there is none and a `ref` is named, and a new tag
//! starts pipelines: no `ref` is named, so it refuses instead.

use serde::Serialize;

use crate::{
    domain::{Act, Page, Text},
    integrations::{
        contract::{Fault, Observation, Observe, Precheck, PreparedRequest},
        gitlab::{client::below, look::Eyes},
        http::Need,
        versions::short,
    },
};

use super::wrong;

/// The body of `POST …/releases`.
#[derive(Serialize)]
struct Wanted<'a> {
    tag_name: &'a str,
    name: &'a str,
    description: String,
}

/// Builds the request.
///
/// # Errors
/// When GitLab cannot do it: it knows no drafts.
pub(super) fn prepare(eyes: &Eyes, act: &Act) -> Result<PreparedRequest, Fault> {
    let Act::Publish {
        repository,
        tag,
        title,
        lines,
        draft,
        over,
        ..
    } = act
    else {
        return Err(wrong("it publishes nothing"));
    };
    if *draft || over.is_some() {
        return Err(wrong(
            "GitLab knows no drafts: publish the notes, or keep them as a file",
        ));
    }
    let lines: Vec<&str> = lines.iter().map(Text::as_str).collect();
    let body = serde_json::to_string(&Wanted {
        tag_name: tag,
        name: title,
        description: lines.join("\n"),
    })
    .map_err(|_| wrong("the request cannot be written as JSON"))?;
    Ok(PreparedRequest {
        method: "POST",
        url: eyes
            .client
            .read()
            .url(&below(repository, "releases"), &[])
            .to_string(),
        body,
        ..PreparedRequest::default()
    })
}

/// The tag still names the commit, and has no page.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn precheck(eyes: &Eyes, act: &Act) -> Result<Precheck, Fault> {
    let Act::Publish {
        repository,
        tag,
        commit,
        title,
        lines,
        ..
    } = act
    else {
        return Err(wrong("it publishes nothing"));
    };
    let moved = |why: String| Ok(Precheck::Moved(Text::from(why)));
    match eyes.commit_of_tag(repository, tag).await? {
        Some(found) if found == *commit => {}
        Some(found) => {
            return moved(format!(
                "{tag} names {} by now, not {}",
                short(&found),
                short(commit)
            ));
        }
        None => return moved(format!("{repository} has no tag {tag} any more")),
    }
    match eyes.page(repository, tag, Need::Fresh).await? {
        None => Ok(Precheck::Ready),
        Some(page) if page.says(title, lines) => {
            moved(format!("{tag} is published with these notes already"))
        }
        Some(_) => moved(format!("{tag} has a page by now")),
    }
}

/// The page has to be there, with the notes.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn observe(eyes: &Eyes, operation: &Observe) -> Result<Observation, Fault> {
    let Act::Publish {
        repository,
        tag,
        title,
        lines,
        ..
    } = &operation.intent.act
    else {
        return Err(wrong("it publishes nothing"));
    };
    let page: Option<Page> = eyes.page(repository, tag, Need::Fresh).await?;
    Ok(match page {
        Some(page) if page.says(title, lines) => {
            Observation::Done(Text::from(format!("{tag} is published with the notes")))
        }
        Some(page) => Observation::Refuted(Text::from(format!(
            "{tag} has a page with other notes: “{}”",
            page.title
        ))),
        None => Observation::Pending(Text::from(format!("{tag} has no page yet"))),
    })
}
