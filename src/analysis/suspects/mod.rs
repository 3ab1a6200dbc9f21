//! Which commits may have broken a run: those that touch what its errors name.
//!
//! It is a *guess*. It reads paths, classes and packages out of the lines of a
//! report and the names of failed tests, and looks for commits whose files
//! overlap with them. A commit without an overlap is no suspect, however large
//! it is; one with an overlap need not be the cause.
//!
//! | what the commit changes | weight |
//! | --- | --- |
//! | the file that is named, by more than its name | 100 |
//! | a file of the name that is named alone | 80 |
//! | a file of the package that is named | 70 |
//! | what the test that is named seems to test | 60 |
//! | another file in the directory of the one that is named | 20 |

mod mention;

use std::{cmp::Reverse, collections::BTreeMap};

pub use self::mention::{Mention, mentions};
use crate::domain::{Text, Timestamp};

/// One commit, and the files that it touches.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Its hash.
    pub sha: &'a Text,
    /// When it was made: of equal suspects the newer comes first.
    pub at: Timestamp,
    /// The paths that it touches, from the root of the repository.
    pub files: &'a [Text],
}

/// A commit that overlaps with what the errors name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// Its hash.
    pub sha: Text,
    /// How telling the best overlap is, up to 100.
    pub weight: u32,
    /// The best overlap, in words: `changes tests/delivery.rs, which the error
    /// names`.
    pub reason: Text,
}

/// The suspects, the most telling first. The order of what is given does not
/// matter, and what is given twice counts once.
#[must_use]
pub fn rank(mentions: &[Mention], changes: &[Change<'_>]) -> Vec<Suspect> {
    struct Found<'a> {
        weight: u32,
        hits: usize,
        at: Timestamp,
        sha: &'a Text,
        reason: String,
    }
    let mut mentions: Vec<&Mention> = mentions.iter().collect();
    mentions.sort();
    mentions.dedup();
    let mut by_sha: BTreeMap<&Text, Found<'_>> = BTreeMap::new();
    for change in changes {
        let mut files: Vec<&Text> = change.files.iter().collect();
        files.sort();
        files.dedup();
        let overlaps: Vec<(u32, String)> = files
            .iter()
            .flat_map(|file| mentions.iter().map(move |mention| (file, mention)))
            .filter_map(|(file, mention)| overlap(mention, file))
            .collect();
        let hits = overlaps.len();
        // Of equal ones the one whose words come first.
        let Some((weight, reason)) = overlaps
            .into_iter()
            .max_by(|one, other| (one.0, Reverse(&one.1)).cmp(&(other.0, Reverse(&other.1))))
        else {
            continue;
        };
        by_sha.entry(change.sha).or_insert(Found {
            weight,
            hits,
            at: change.at,
            sha: change.sha,
            reason,
        });
    }
    let mut found: Vec<Found<'_>> = by_sha.into_values().collect();
    found.sort_by_key(|found| {
        (
            Reverse(found.weight),
            Reverse(found.hits),
            Reverse(found.at),
            found.sha.clone(),
        )
    });
    found
        .into_iter()
        .map(|found| Suspect {
            sha: found.sha.clone(),
            weight: found.weight,
            reason: Text::from(found.reason),
        })
        .collect()
}

/// How far a file overlaps with what is named, and why in words.
fn overlap(mention: &Mention, file: &str) -> Option<(u32, String)> {
    let parts: Vec<&str> = file.split('/').filter(|part| !part.is_empty()).collect();
    let (name, directory) = parts.split_last()?;
    match mention {
        Mention::File(path) => {
            let named: Vec<&str> = path.split('/').collect();
            let (named_name, named_directory) = named.split_last()?;
            if ends_alike(&parts, &named) {
                let alone = parts.len() == 1 || named.len() == 1;
                return Some(if alone && parts != named {
                    (
                        80,
                        format!("changes {file}, a file of the name that the error names"),
                    )
                } else {
                    (100, format!("changes {file}, which the error names"))
                });
            }
            let (core, named_core) = (mention::core(name), mention::core(named_name));
            if core == named_core && mention::is_test(path) && !mention::is_common(&core) {
                return Some((60, format!("changes {file}, which {path} seems to test")));
            }
            let deep = directory.len() >= 2 && named_directory.len() >= 2;
            (deep && ends_alike(directory, named_directory)).then(|| {
                (
                    20,
                    format!("changes {file}, in the directory of {named_name}"),
                )
            })
        }
        Mention::Class(class) => {
            let named: Vec<&str> = class.split('.').collect();
            let stem = name.split('.').next()?;
            let (simple, package) = named.split_last()?;
            if stem == *simple {
                let told = !package.is_empty() && directory.ends_with(package);
                return Some(if told {
                    (
                        100,
                        format!("changes {file}, whose {simple} the error names"),
                    )
                } else {
                    (
                        80,
                        format!("changes {file}, a file of the name of {simple}"),
                    )
                });
            }
            let core = mention::core(name);
            (core == mention::core(simple)
                && mention::core(simple) != simple.to_lowercase()
                && !mention::is_common(&core))
            .then(|| (60, format!("changes {file}, which {simple} seems to test")))
        }
        Mention::Package(package) => {
            let named: Vec<&str> = package.split('/').collect();
            (!directory.is_empty() && ends_alike(directory, &named)).then(|| {
                (
                    70,
                    format!("changes {file}, of the package {package} that the error names"),
                )
            })
        }
    }
}

/// Whether the shorter of two paths is the end of the longer one: logs name
/// files from some root of their own.
fn ends_alike(one: &[&str], other: &[&str]) -> bool {
    one.ends_with(other) || other.ends_with(one)
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone as _, Utc};
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Utc.timestamp_opt(1_800_000_000 + seconds, 0).unwrap()
    }

    /// The suspects of commits that are named by letters, oldest first.
    fn suspects(lines: &[&str], commits: &[(&str, &[&str])]) -> Vec<(String, u32)> {
        let commits: Vec<(Text, Vec<Text>)> = commits
            .iter()
            .map(|(sha, files)| {
                (
                    Text::new(sha),
                    files.iter().copied().map(Text::new).collect(),
                )
            })
            .collect();
        let changes: Vec<Change<'_>> = commits
            .iter()
            .zip(0..)
            .map(|((sha, files), age)| Change {
                sha,
                at: at(age),
                files,
            })
            .collect();
        rank(&mentions(lines.iter().copied()), &changes)
            .into_iter()
            .map(|suspect| (suspect.sha.to_string(), suspect.weight))
            .collect()
    }

    #[test]
    fn the_commit_that_touches_what_the_error_names_comes_first() {
        let found = suspects(
            &["thread 'delivery::retries' panicked at tests/delivery.rs:88:5:"],
            &[
                ("a", &["src/money.rs"]),
                ("b", &["src/delivery.rs"]),
                ("c", &["tests/delivery.rs", "src/money.rs"]),
                ("d", &["Cargo.lock"]),
            ],
        );
        assert_eq!(found, [("c".to_owned(), 100), ("b".to_owned(), 60)]);
    }

    #[test]
    fn each_way_of_naming_a_file_is_understood() {
        for (line, file, weight) in [
            (
                "at /home/runner/work/web/web/e2e/checkout.spec.ts:88:68",
                "e2e/checkout.spec.ts",
                100,
            ),
            (
                "  1) [chromium] › checkout.spec.ts:88:7 › guest pays",
                "e2e/checkout.spec.ts",
                80,
            ),
            ("  1) › checkout.spec.ts:88:7", "app/checkout.ts", 60),
            (
                "FAILED tests/test_basket.py::test_total - assert 1 == 2",
                "tests/test_basket.py",
                100,
            ),
            (
                "FAILED tests/test_basket.py::test_total",
                "shop/basket.py",
                60,
            ),
            (
                "[ERROR] com.acme.shop.BasketTest.total:42 expected 3",
                "src/test/java/com/acme/shop/BasketTest.java",
                100,
            ),
            (
                "[ERROR] com.acme.shop.BasketTest.total:42 expected 3",
                "src/main/java/com/acme/shop/Basket.java",
                60,
            ),
            (
                "FAIL\tgithub.com/acme/shop/storage\t0.31s",
                "storage/lock.go",
                70,
            ),
            (
                "error[E0308]: mismatched types --> src\\tax\\vat.rs:3:5",
                "src/tax/vat.rs",
                100,
            ),
            ("src/tax/vat/rate.rs:3:5: error", "src/tax/vat/table.rs", 20),
            ("main.go:3:5: undefined: x", "cmd/main.go", 80),
        ] {
            let found = suspects(&[line], &[("a", &[file])]);
            assert_eq!(found, [("a".to_owned(), weight)], "{line}: {file}");
        }
    }

    #[test]
    fn what_does_not_overlap_is_no_suspect() {
        for (line, file) in [
            ("panicked at tests/delivery.rs:88:5:", "src/money.rs"),
            ("panicked at src/lib.rs:1", "crates/other/src/main.rs"),
            // The same name elsewhere is another file.
            ("src/tax/mod.rs:3: error", "src/money/mod.rs"),
            ("tests/index.test.ts:3: error", "pages/index.ts"),
            ("exit code 1", "src/code.rs"),
            ("see https://docs.acme.io/basket.html", "site/basket.html"),
            ("version 1.2.3 of left.pad", "src/1.rs"),
            ("FAIL one of three", "three/one.go"),
        ] {
            assert_eq!(suspects(&[line], &[("a", &[file])]), [], "{line}: {file}");
        }
    }

    const NAMES: [&str; 8] = [
        "src/tax/vat.rs",
        "src/tax/rate.rs",
        "tests/vat.rs",
        "e2e/basket.spec.ts",
        "app/basket.ts",
        "README.md",
        "com/acme/Basket.java",
        "storage/lock.go",
    ];

    fn commits() -> impl Strategy<Value = Vec<(String, Vec<usize>)>> {
        prop::collection::btree_map(
            "[a-f]{4}",
            prop::collection::vec(0..NAMES.len(), 0..4),
            0..8,
        )
        .prop_map(|all| all.into_iter().collect())
    }

    proptest! {
        #[test]
        fn the_order_of_what_is_given_does_not_matter(
            commits in commits(),
            lines in prop::collection::vec(0..NAMES.len(), 0..4),
            turn in 0usize..8,
        ) {
            let lines: Vec<String> = lines.iter().map(|at| format!("error in {}:3:4", NAMES[*at])).collect();
            let commits: Vec<(Text, Vec<Text>)> = commits
                .iter()
                .map(|(sha, files)| (Text::new(sha), files.iter().map(|at| Text::new(NAMES[*at])).collect()))
                .collect();
            let mut changes: Vec<Change<'_>> = commits
                .iter()
                .zip(0..)
                .map(|((sha, files), age)| Change { sha, at: at(age), files })
                .collect();
            let mut named = mentions(lines.iter().map(String::as_str));
            let first = rank(&named, &changes);
            if !changes.is_empty() {
                let by = turn % changes.len();
                changes.rotate_left(by);
            }
            named.reverse();
            prop_assert_eq!(&first, &rank(&named, &changes));
            // The most telling first, each once.
            prop_assert!(first.windows(2).all(|pair| pair[0].weight >= pair[1].weight));
            let shas: std::collections::BTreeSet<_> = first.iter().map(|one| &one.sha).collect();
            prop_assert_eq!(shas.len(), first.len());
        }

        #[test]
        fn no_overlap_no_suspect(
            commits in commits(),
            line in "[a-z ]{0,60}",
        ) {
            let commits: Vec<(Text, Vec<Text>)> = commits
                .iter()
                .map(|(sha, files)| (Text::new(sha), files.iter().map(|at| Text::new(NAMES[*at])).collect()))
                .collect();
            let changes: Vec<Change<'_>> = commits
                .iter()
                .map(|(sha, files)| Change { sha, at: at(0), files })
                .collect();
            // Nothing that is named, and something that nobody touched.
            prop_assert_eq!(rank(&mentions([line.as_str()]), &changes), []);
            prop_assert_eq!(rank(&mentions(["panicked at lib/zebra/quagga.rb:3"]), &changes), []);
        }

        #[test]
        fn no_text_makes_it_fail(line in "\\PC{0,80}", file in "\\PC{0,40}") {
            let (sha, files) = (Text::new("a"), [Text::new(&file)]);
            let change = Change { sha: &sha, at: at(0), files: &files };
            let _ = rank(&mentions([line.as_str()]), &[change]);
        }
    }
}
