//! Notes published as the page of a tag (GitHub: a release): the request, and
//! the looks before and after it.
//!
//! GitHub makes the tag where there is none, and a new tag starts pipelines: so
//! the tag has to be there and to name the commit that the person saw.

use serde::Serialize;

use crate::{
    domain::{Act, Page, Text},
    integrations::{
        contract::{Fault, Observation, Observe, Precheck, PreparedRequest},
        http::Need,
    },
};

use super::{json, post, wrong};
use crate::integrations::github::{config::is_repository, look::Eyes, map::version::short};

/// The body of `POST …/releases` and of `PATCH …/releases/{id}`.
#[derive(Serialize)]
struct Wanted<'a> {
    tag_name: &'a str,
    /// GitHub looks at it only where the tag is not there.
    target_commitish: &'a str,
    name: &'a str,
    body: String,
    draft: bool,
    prerelease: bool,
    /// The latest is what the versions say, not what was published last: a fix
    /// of an old line is not the latest.
    make_latest: &'static str,
}

/// Builds the request.
///
/// # Errors
/// When the repository or the draft cannot be named.
pub(super) fn prepare(eyes: &Eyes, act: &Act) -> Result<PreparedRequest, Fault> {
    let Act::Publish {
        repository,
        version,
        tag,
        commit,
        title,
        lines,
        draft,
        over,
    } = act
    else {
        return Err(wrong("it publishes nothing"));
    };
    if !is_repository(repository) {
        return Err(wrong(&format!("{repository:?} is no repository")));
    }
    let body = json(&Wanted {
        tag_name: tag,
        target_commitish: commit,
        name: title,
        body: text_of(lines),
        draft: *draft,
        prerelease: version.as_str().contains('-'),
        make_latest: "legacy",
    })?;
    let path = format!("/repos/{repository}/releases");
    let Some(over) = over else {
        return Ok(post(eyes, &path, body));
    };
    let id: u64 = over
        .key
        .parse()
        .map_err(|_| wrong(&format!("{:?} is no draft's number", over.key)))?;
    Ok(PreparedRequest {
        method: "PATCH",
        ..post(eyes, &format!("{path}/{id}"), body)
    })
}

/// The lines as one text.
fn text_of(lines: &[Text]) -> String {
    let lines: Vec<&str> = lines.iter().map(Text::as_str).collect();
    lines.join("\n")
}

/// The tag still names the commit, and its page is as it was seen.
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
        over,
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
    match (eyes.page(repository, tag, Need::Fresh).await?, over) {
        (None, None) => Ok(Precheck::Ready),
        (Some(page), Some(seen)) if page == **seen => Ok(Precheck::Ready),
        (Some(page), _) if !page.draft && page.says(title, lines) => {
            moved(format!("{tag} is published with these notes already"))
        }
        (Some(page), None) => moved(format!("{tag} has a {} by now", page.word())),
        (Some(page), Some(_)) if page.draft => {
            moved(format!("the draft of {tag} is another one by now"))
        }
        (Some(_), Some(_)) => moved(format!("{tag} is published by now")),
        (None, Some(_)) => moved(format!("the draft of {tag} is gone")),
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
        draft,
        over,
        ..
    } = &operation.intent.act
    else {
        return Err(wrong("it publishes nothing"));
    };
    let page = eyes.page(repository, tag, Need::Fresh).await?;
    Ok(verdict(
        tag,
        page.as_ref(),
        (title, lines, *draft),
        over.as_deref(),
    ))
}

/// What a page says of an operation that was to make it.
fn verdict(
    tag: &Text,
    page: Option<&Page>,
    (title, lines, draft): (&Text, &[Text], bool),
    over: Option<&Page>,
) -> Observation {
    match page {
        Some(page) if page.says(title, lines) && page.draft == draft => {
            let what = if draft { "drafted" } else { "published" };
            Observation::Done(Text::from(format!(
                "{tag} is {what} with the notes (release {})",
                page.key
            )))
        }
        Some(page) if Some(page) == over => {
            Observation::Pending(Text::from(format!("the draft of {tag} is as it was")))
        }
        Some(page) => Observation::Refuted(Text::from(format!(
            "{tag} has a {} with other notes: “{}”",
            page.word(),
            page.title
        ))),
        None => Observation::Pending(Text::from(format!("{tag} has no page yet"))),
    }
}
