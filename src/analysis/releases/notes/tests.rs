use proptest::prelude::*;

use super::*;
use crate::domain::{Release, ReleaseItem, Timestamp};

fn commit(sha: &str, title: &str, author: &str) -> Commit {
    Commit {
        sha: sha.into(),
        title: title.into(),
        author: author.into(),
        at: Timestamp::UNIX_EPOCH,
    }
}

fn pull(number: u64, title: &str, labels: &[&str]) -> PullRequest {
    PullRequest {
        number,
        title: title.into(),
        author: "ana".into(),
        labels: labels.iter().map(|label| (*label).into()).collect(),
        reviews: None,
        url: format!("https://code.test/{number}").into(),
    }
}

fn comparison() -> Comparison {
    Comparison {
        service: "checkout".into(),
        base: "1".into(),
        head: "2".into(),
        commits: vec![
            commit(
                "aaaaaaaaaa",
                "feat(basket)!: prices carry their currency (#12)",
                "ana",
            ),
            commit("bbbbbbbbbb", "fix: rounding of half a cent", "bo"),
            commit("cccccccccc", "Merge pull request #14 from bo/limits", "bo"),
            commit("dddddddddd", "tidy up", "ci[bot]"),
            commit("eeeeeeeeee", "update the readme (#15)", "cy"),
        ],
        ahead: 7,
        behind: 0,
        files: Vec::new(),
        pull_requests: vec![
            pull(12, "feat(basket)!: prices carry their currency", &[]),
            pull(14, "Limits of a basket", &["type: bug", "breaking-change"]),
            pull(15, "update the readme", &["kind/docs"]),
        ],
    }
}

fn notes(template: Template) -> String {
    let release = Release {
        id: "train-1".into(),
        name: "Train 1".into(),
        ..Release::default()
    };
    let item = ReleaseItem {
        service: "checkout".into(),
        environment: "production".into(),
        from: Some("1".into()),
        to: "2".into(),
        ..ReleaseItem::default()
    };
    let other = ReleaseItem {
        service: "billing".into(),
        to: "9".into(),
        ..ReleaseItem::default()
    };
    let changes = Changes::of(&comparison(), &[]);
    let parts = [
        (&item, Ok(changes)),
        (&other, Err("the host did not answer".to_owned())),
    ];
    render(template, &release, &Head::default(), &parts).unwrap()
}

#[test]
fn words_of_the_commit_come_first_then_labels() {
    let changes = Changes::of(&comparison(), &[]);
    let seen: Vec<(Group, bool, &str, Option<u64>)> = changes
        .entries
        .iter()
        .map(|one| (one.group, one.breaking, one.text.as_str(), one.number))
        .collect();
    assert_eq!(
        seen,
        [
            (
                Group::Feature,
                true,
                "prices carry their currency",
                Some(12)
            ),
            (Group::Fix, false, "rounding of half a cent", None),
            (Group::Fix, true, "Limits of a basket", Some(14)),
            (Group::Documentation, false, "update the readme", Some(15)),
            (Group::Other, false, "tidy up", None),
        ]
    );
    assert_eq!(changes.missing, 2);
    let authors: Vec<&str> = changes.authors.iter().map(Text::as_str).collect();
    assert_eq!(authors, ["ana", "bo"]);
}

#[test]
fn the_three_templates_say_what_they_are_for() {
    let internal = notes(Template::Internal);
    assert!(
        internal.contains("**basket:** prices carry their currency"),
        "{internal}"
    );
    assert!(
        internal.contains("([#12](https://code.test/12))"),
        "{internal}"
    );
    assert!(
        internal.contains("2 more commits are not listed"),
        "{internal}"
    );
    assert!(internal.contains("the host did not answer"), "{internal}");
    let customer = notes(Template::Customer);
    assert!(
        customer.contains("## What you have to change"),
        "{customer}"
    );
    assert!(!customer.contains("tidy up"), "{customer}");
    assert!(!customer.contains("readme"), "{customer}");
    let record = notes(Template::ChangeRecord);
    for commit in comparison().commits {
        assert!(record.contains(commit.sha.as_str()), "{record}");
    }
    assert!(
        record.contains("| checkout | production | 1 | 2 | ? | 7 |"),
        "{record}"
    );
}

#[test]
fn what_others_wrote_is_words_and_nothing_else() {
    const HOSTILE: &str = "<img src=x> [me](http://x.test) \\[me\\](http://x.test) | b";
    let mut hostile = comparison();
    hostile.commits = vec![commit("f", &format!("fix(<b>): {HOSTILE}"), HOSTILE)];
    hostile.pull_requests = vec![pull(9, HOSTILE, &["breaking"])];
    hostile.pull_requests[0].url = "https://x.test/) [me](http://x.test".into();
    let item = ReleaseItem::default();
    let parts = [(&item, Ok(Changes::of(&hostile, &[])))];
    let release = Release {
        name: HOSTILE.into(),
        captain: Some(HOSTILE.into()),
        ..Release::default()
    };
    let head = Head {
        reasons: vec![HOSTILE.into()],
        moves: vec![HOSTILE.to_owned()],
        cut: vec![HOSTILE.to_owned()],
        ..Head::default()
    };
    for template in Template::ALL {
        let text = render(template, &release, &head, &parts).unwrap();
        assert!(text.contains("&lt;img"), "{text}");
        assert!(!text.contains('<'), "{text}");
        let mut rest = text.as_str();
        while let Some(at) = rest.find("](") {
            let before = rest[..at].bytes().rev().take_while(|byte| *byte == b'\\');
            assert!(before.count() % 2 == 1, "a link: {text}");
            rest = &rest[at + 2..];
        }
    }
}

proptest! {
    /// Whatever titles are like: no commit is lost, and no pull request is
    /// told twice.
    #[test]
    fn every_commit_is_told_once(
        titles in prop::collection::vec("[a-z!:() #0-9]{0,24}", 0..20),
        numbers in prop::collection::btree_set(0u64..9, 0..5),
    ) {
        let mut input = comparison();
        input.commits = titles
            .iter()
            .enumerate()
            .map(|(place, title)| commit(&format!("{place}-"), title, "ana"))
            .collect();
        input.pull_requests = numbers
            .iter()
            .map(|number| pull(*number, &format!("number {number}"), &[]))
            .collect();
        let changes = Changes::of(&input, &[]);
        for commit in &input.commits {
            let told = changes.entries.iter().filter(|one| one.sha == commit.sha).count();
            prop_assert_eq!(told, 1);
        }
        let alone: Vec<u64> = changes
            .entries
            .iter()
            .filter(|one| one.sha.is_empty())
            .filter_map(|one| one.number)
            .collect();
        let mut once = alone.clone();
        once.dedup();
        prop_assert_eq!(alone, once);
    }
}
