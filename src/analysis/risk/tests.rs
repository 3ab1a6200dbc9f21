use chrono::{DateTime, TimeDelta, TimeZone as _};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;
use crate::domain::PathClass;

fn at(day: u32, hour: u32) -> DateTime<Tz> {
    // 2026-11-18 is a Wednesday.
    chrono_tz::Europe::Berlin
        .with_ymd_and_hms(2026, 11, day, hour, 0, 0)
        .unwrap()
}

fn rules() -> Rules {
    Rules::new(RiskTable::default()).unwrap()
}

fn facts(files: Option<&[Text]>, commits: u32) -> Facts<'_> {
    Facts {
        change: Some(Change { commits, files }),
        tier: None,
        went_wrong: &[],
        now: at(18, 11),
        since_last: None,
    }
}

fn texts(files: &[&str]) -> Vec<Text> {
    files.iter().map(|file| Text::new(file)).collect()
}

#[test]
fn a_small_change_on_a_quiet_day_has_no_risk_to_tell_of() {
    let files = texts(&["src/rank.rs"]);
    let weighed = rules().weigh(&facts(Some(&files), 1));
    assert_eq!(weighed, Weighed::default());
}

#[test]
fn each_row_counts_and_the_weightiest_comes_first() {
    let files = texts(&[
        "Cargo.lock",
        "db/migrations/0042.sql",
        "db/migrations/0043.sql",
    ]);
    let weighed = rules().weigh(&Facts {
        tier: Some(1),
        went_wrong: &[true, false, false, false],
        now: at(20, 17),
        since_last: Some(TimeDelta::days(23)),
        ..facts(Some(&files), 25)
    });
    let reasons: Vec<&str> = weighed.risk.reasons.iter().map(Text::as_str).collect();
    assert_eq!(
        reasons,
        [
            "migrations touched: db/migrations/0042.sql and 1 more (+3)",
            "1 of the last 4 deployments went wrong (+2)",
            "25 commits, 3 files (+1)",
            "dependencies touched: Cargo.lock (+1)",
            "the service is of tier 1 (+1)",
            "it is Friday 17:00 (+1)",
            "nothing was deployed for 23 days (+1)",
        ]
    );
    assert_eq!((weighed.points, weighed.risk.level), (10, RiskLevel::High));
}

#[test]
fn paths_are_matched_within_and_across_directories() {
    for (file, class) in [
        ("db/migrations/0001_init.sql", "migrations"),
        ("schema.sql", "migrations"),
        ("services/api/auth/token.rs", "authentication"),
        ("deploy/main.tf", "infrastructure"),
        ("Dockerfile", "infrastructure"),
        (".github/workflows/release.yml", "infrastructure"),
        ("web/package-lock.json", "dependencies"),
    ] {
        let files = texts(&[file]);
        let weighed = rules().weigh(&facts(Some(&files), 1));
        assert!(
            weighed.risk.reasons[0].starts_with(&format!("{class} touched")),
            "{file}: {:?}",
            weighed.risk.reasons
        );
    }
    let files = texts(&[
        "src/authors.rs",
        "docs/migration.md",
        "x/.github/workflows/a.yml",
    ]);
    assert_eq!(rules().weigh(&facts(Some(&files), 1)).points, 0);
}

#[test]
fn what_is_not_known_raises_the_risk() {
    let unknown = rules().weigh(&Facts {
        change: None,
        ..facts(None, 0)
    });
    assert_eq!(unknown.risk.level, RiskLevel::Medium);
    assert_eq!(unknown.risk.reasons, texts(&["what changes is not known"]));
    let files = rules().weigh(&facts(None, 1));
    assert_eq!(files.points, 1);
}

#[test]
fn hours_are_the_teams() {
    for (day, hour, late) in [
        (18, 7, true),
        (18, 8, false),
        (18, 17, false),
        (18, 18, true),
        (20, 14, false),
        (20, 15, true),
        (21, 11, true),
        (22, 11, true),
    ] {
        let files = texts(&["a"]);
        let weighed = rules().weigh(&Facts {
            now: at(day, hour),
            ..facts(Some(&files), 1)
        });
        assert_eq!(weighed.points == 1, late, "{day} {hour}");
    }
}

#[test]
fn few_deployments_tell_nothing_of_how_often_they_fail() {
    let files = texts(&["a"]);
    let points = |went_wrong: &[bool]| {
        rules()
            .weigh(&Facts {
                went_wrong,
                ..facts(Some(&files), 1)
            })
            .points
    };
    assert_eq!(points(&[true, true]), 0);
    assert_eq!(points(&[true, false, false]), 2);
    assert_eq!(points(&[true, false, false, false, false, false]), 0);
    // Only the last ten count.
    let mut many = vec![false; 10];
    many.extend([true; 10]);
    assert_eq!(points(&many), 0);
}

#[test]
fn a_glob_that_cannot_be_read_is_named() {
    let table = RiskTable {
        paths: vec![PathClass {
            name: "odd".to_owned(),
            globs: vec!["a/[".to_owned()],
            points: 1,
        }],
        ..RiskTable::default()
    };
    assert!(Rules::new(table).unwrap_err().contains("a/["));
}

proptest! {
    #[test]
    fn more_of_anything_is_never_less_risk(
        commits in 0u32..400,
        more in 0u32..400,
        migration: bool,
        tier in proptest::option::of(0u8..4),
        wrong in proptest::collection::vec(any::<bool>(), 0..15),
        day in 16u32..23,
        hour in 0u32..24,
        days in proptest::option::of(0i64..60),
    ) {
        let files = texts(if migration { &["db/migrations/1.sql", "a"] } else { &["a"] });
        let some = Facts {
            tier,
            went_wrong: &wrong,
            now: at(day, hour),
            since_last: days.map(TimeDelta::days),
            ..facts(Some(&files), commits)
        };
        let weighed = rules().weigh(&some);
        prop_assert_eq!(&weighed, &rules().weigh(&some));
        let larger = rules().weigh(&Facts {
            change: Some(Change { commits: commits + more, files: Some(&files) }),
            ..some.clone()
        });
        prop_assert!(larger.points >= weighed.points);
        prop_assert!(larger.risk.level >= weighed.risk.level);
        let unknown = rules().weigh(&Facts { change: None, ..some });
        prop_assert!(unknown.risk.level >= RiskLevel::Medium);
    }
}
