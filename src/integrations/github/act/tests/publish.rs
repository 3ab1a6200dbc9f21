//! Notes as the page of a tag: what is asked before, what is sent, and what is
//! taken for the effect.

use super::{confirmed, intent, observation};
use crate::{
    domain::{Act, Page, Text},
    integrations::{
        contract::{Observation, Precheck},
        github::testing::{Asked, Reply, Vendor, github},
    },
};

const COMMIT: &str = "4f2a91c0d7b84f2a91c0d7b84f2a91c0d7b84f2a";
const NAMED: &str = r#"{"sha":"4f2a91c0d7b84f2a91c0d7b84f2a91c0d7b84f2a"}"#;
const OURS: &str = r###"{"id":77,"tag_name":"v4.12.0","name":"checkout 4.12.0","draft":false,
    "body":"## New\r\n- pay in instalments\r\n","html_url":"https://x/77"}"###;
const OTHER: &str = r#"{"id":78,"tag_name":"v4.12.0","name":"Winter","draft":false,"body":"","html_url":"https://x/78"}"#;
const DRAFT: &str = r#"{"id":79,"tag_name":"v4.12.0","name":"checkout 4.12.0","draft":true,
    "body":"* something in #3","html_url":"https://x/79"}"#;

fn draft() -> Page {
    Page {
        key: "79".into(),
        draft: true,
        title: "checkout 4.12.0".into(),
        lines: vec!["* something in #3".into()],
        url: "https://x/79".into(),
    }
}

pub(super) fn publish(draft: bool, over: Option<Page>) -> Act {
    Act::Publish {
        repository: "larkspur/checkout".into(),
        version: "4.12.0".into(),
        tag: "v4.12.0".into(),
        commit: COMMIT.into(),
        title: "checkout 4.12.0".into(),
        lines: ["## New", "- pay in instalments"].map(Text::new).to_vec(),
        draft,
        over: over.map(Box::new),
    }
}

/// GitHub with a commit for the tag, a page of it, and a list of releases.
async fn vendor(
    commit: Option<&'static str>,
    page: Option<&'static str>,
    listed: &'static str,
) -> Vendor {
    Vendor::start(move |asked: &Asked| {
        let found = |body: Option<&str>| {
            body.map_or_else(
                || Reply::status(404, r#"{"message":"Not Found"}"#),
                Reply::json,
            )
        };
        let path = asked.path.split('?').next().unwrap_or_default();
        match path.trim_start_matches("/repos/larkspur/checkout") {
            "/commits/tags%2Fv4.12.0" => found(commit),
            "/releases/tags/v4.12.0" => found(page),
            "/releases" => Reply::json(&format!("[{listed}]")),
            other => panic!("asked for {other}"),
        }
    })
    .await
}

#[tokio::test]
async fn nothing_is_sent_unless_tag_and_page_are_as_they_were_seen() {
    let moved_tag = r#"{"sha":"0000000000000000000000000000000000000000"}"#;
    let fresh = || publish(false, None);
    let over = || publish(false, Some(draft()));
    for (commit, page, listed, act, says) in [
        (Some(NAMED), None, "", fresh(), ""),
        (Some(NAMED), None, DRAFT, over(), ""),
        (None, None, "", fresh(), "has no tag v4.12.0 any more"),
        (
            Some(moved_tag),
            None,
            "",
            fresh(),
            "names 0000000 by now, not 4f2a91c",
        ),
        (
            Some(NAMED),
            Some(OURS),
            "",
            fresh(),
            "with these notes already",
        ),
        (Some(NAMED), Some(OTHER), "", fresh(), "has a page by now"),
        (Some(NAMED), None, DRAFT, fresh(), "has a draft by now"),
        (
            Some(NAMED),
            None,
            "",
            over(),
            "the draft of v4.12.0 is gone",
        ),
        (Some(NAMED), Some(OTHER), "", over(), "is published by now"),
    ] {
        let vendor = vendor(commit, page, listed).await;
        let github = github(&vendor.url, &["checkout"]);
        let found = github.precheck(&intent(act)).await.unwrap();
        match (&found, says) {
            (Precheck::Ready, "") => {}
            (Precheck::Moved(why), says) if !says.is_empty() && why.contains(says) => {}
            _ => panic!("{says:?}: {found:?}"),
        }
        assert_eq!(vendor.writes(), 0);
    }
    // A draft that somebody changed is not taken over.
    let mut seen = draft();
    seen.lines.push("and more".into());
    let vendor = vendor(Some(NAMED), None, DRAFT).await;
    let github = github(&vendor.url, &["checkout"]);
    let found = github.precheck(&intent(publish(false, Some(seen)))).await;
    assert!(
        matches!(&found, Ok(Precheck::Moved(why)) if why.contains("another one")),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_page_is_made_and_a_draft_is_changed() {
    let vendor = Vendor::start(|_| Reply::json(OURS)).await;
    let github = github(&vendor.url, &["checkout"]);
    for act in [publish(true, None), publish(false, Some(draft()))] {
        github.send(&confirmed(github.as_ref(), act)).await;
    }
    let asked = vendor.asked();
    let said: Vec<(&str, &str)> = asked
        .iter()
        .map(|asked| (asked.method.as_str(), asked.path.as_str()))
        .collect();
    let base = "/repos/larkspur/checkout/releases";
    let changed = format!("{base}/79");
    assert_eq!(said, [("POST", base), ("PATCH", changed.as_str())]);
    let body = |draft: bool| {
        format!(
            r###"{{"tag_name":"v4.12.0","target_commitish":"{COMMIT}","name":"checkout 4.12.0","body":"## New\n- pay in instalments","draft":{draft},"prerelease":false,"make_latest":"legacy"}}"###
        )
    };
    assert_eq!(asked[0].body, body(true));
    assert_eq!(asked[1].body, body(false));
}

#[tokio::test]
async fn only_a_page_with_the_notes_is_the_effect() {
    for (page, listed, act, wanted) in [
        (Some(OURS), "", publish(false, None), "done"),
        (Some(OTHER), "", publish(false, None), "refuted"),
        (None, "", publish(false, None), "pending"),
        // The draft is as it was: the request has not arrived yet.
        (None, DRAFT, publish(false, Some(draft())), "pending"),
        (Some(OURS), "", publish(false, Some(draft())), "done"),
        // A draft was wanted, and it is published.
        (Some(OURS), "", publish(true, None), "refuted"),
    ] {
        let vendor = vendor(Some(NAMED), page, listed).await;
        let github = github(&vendor.url, &["checkout"]);
        let seen = github.observe(&observation(act, "")).await.unwrap();
        let word = match &seen {
            Observation::Done(_) => "done",
            Observation::Refuted(_) => "refuted",
            Observation::Pending(_) => "pending",
        };
        assert_eq!(word, wanted, "{seen:?}");
    }
}
