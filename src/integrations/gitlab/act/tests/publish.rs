//! Notes as the page of a tag.

use super::{after_a_look, after_a_look_at, confirmed, intent, observation, observe, says};
use crate::{
    domain::{Act, Page, Text},
    integrations::{
        contract::{Answer, Observation, Precheck},
        gitlab::testing::Reply,
    },
};

const TAG: &str = r#"{"name":"v4.12.0","commit":{"id":"c12"}}"#;
const OURS: &str =
    r#"{"tag_name":"v4.12.0","name":"web 4.12.0","description":"- a new front page\n"}"#;
const OTHER: &str = r#"{"tag_name":"v4.12.0","name":"Winter","description":""}"#;

pub(super) fn publish() -> Act {
    Act::Publish {
        repository: "larkspur/shop/web".into(),
        version: "4.12.0".into(),
        tag: "v4.12.0".into(),
        commit: "c12".into(),
        title: "web 4.12.0".into(),
        lines: vec![Text::new("- a new front page")],
        draft: false,
        over: None,
    }
}

#[tokio::test]
async fn a_page_is_made_only_where_none_is_and_the_tag_is_the_one_that_was_seen() {
    let check = async |routes: &'static [(&'static str, &'static str)]| {
        let gitlab = after_a_look_at(routes).await;
        gitlab.precheck(&intent(publish())).await.unwrap()
    };
    assert_eq!(
        check(&[("repository/tags/v4.12.0", TAG)]).await,
        Precheck::Ready
    );
    let there = check(&[
        ("repository/tags/v4.12.0", TAG),
        ("releases/v4.12.0", OTHER),
    ])
    .await;
    assert!(says(&there, "has a page by now"), "{there:?}");
    let ours = check(&[("repository/tags/v4.12.0", TAG), ("releases/v4.12.0", OURS)]).await;
    assert!(says(&ours, "with these notes already"), "{ours:?}");
    let gone = check(&[]).await;
    assert!(says(&gone, "has no tag v4.12.0 any more"), "{gone:?}");
    let other = r#"{"name":"v4.12.0","commit":{"id":"c13"}}"#;
    let moved = check(Box::leak(Box::new([("repository/tags/v4.12.0", other)]))).await;
    assert!(says(&moved, "names c13 by now, not c12"), "{moved:?}");
}

#[tokio::test]
async fn the_request_names_no_ref_so_that_no_tag_is_made() {
    let (gitlab, vendor) = after_a_look(|_| Reply::status(201, OURS)).await;
    let answer = gitlab.send(&confirmed(gitlab.as_ref(), publish())).await;
    assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    let asked = vendor.asked();
    let last = asked.last().unwrap();
    assert_eq!(last.method, "POST");
    assert!(last.path.ends_with("/releases"), "{}", last.path);
    assert_eq!(
        last.body,
        r#"{"tag_name":"v4.12.0","name":"web 4.12.0","description":"- a new front page"}"#
    );
    // It knows no drafts.
    let mut draft = publish();
    if let Act::Publish { draft, .. } = &mut draft {
        *draft = true;
    }
    let mut over = publish();
    if let Act::Publish { over, .. } = &mut over {
        *over = Some(Box::new(Page::default()));
    }
    for act in [draft, over] {
        let refused = gitlab.prepare(&intent(act)).unwrap_err();
        assert!(refused.detail.contains("no drafts"), "{refused}");
    }
}

#[tokio::test]
async fn only_a_page_with_the_notes_is_the_effect() {
    let seen = observe(&[("releases/v4.12.0", OURS)], publish(), "v4.12.0").await;
    assert!(matches!(seen, Observation::Done(_)), "{seen:?}");
    let seen = observe(&[("releases/v4.12.0", OTHER)], publish(), "v4.12.0").await;
    assert!(matches!(seen, Observation::Refuted(_)), "{seen:?}");
    let gitlab = after_a_look_at(&[]).await;
    let seen = gitlab.observe(&observation(publish(), "")).await.unwrap();
    assert!(matches!(seen, Observation::Pending(_)), "{seen:?}");
}
