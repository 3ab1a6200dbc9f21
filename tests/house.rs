//! The rules of the house, held against the sources: which room may know which,
//! and what belongs to one room alone.
#![expect(
    clippy::expect_used,
    reason = "what goes wrong in a test is a failure of the test"
)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Rooms, and the rooms that each may know besides itself. `error` is known by
/// all that speak to people.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("analysis", &["domain"]),
    ("model", &["domain", "analysis"]),
    ("command", &["domain", "model"]),
    (
        "operation",
        &[
            "domain",
            "analysis",
            "model",
            "integrations::contract",
            "store",
            "evidence",
            "error",
        ],
    ),
    ("evidence", &["domain", "store", "error"]),
    (
        "integrations",
        &["domain", "analysis", "operation::Confirmed", "error"],
    ),
    ("store", &["domain", "error"]),
    ("simulator", &["domain", "error"]),
    (
        "ui",
        &[
            "domain",
            "analysis",
            "model",
            "command",
            "operation",
            "integrations::contract",
            "error",
        ],
    ),
    (
        "config",
        &["domain", "analysis", "model", "integrations", "error"],
    ),
];

/// Words that belong to one room: the word, where it may stand, and why.
const ONE_ROOM: &[(&str, &[&str], &str)] = &[
    (
        "Utc::now",
        &[
            "src/runtime",
            "src/cli",
            "src/simulator/clock.rs",
            "src/integrations/http",
        ],
        "time enters as data",
    ),
    (
        "Instant::now",
        &[
            "src/operation/policy/engine.rs",
            "src/runtime",
            "src/cli",
            "src/simulator",
            "src/integrations/http",
        ],
        "time enters as data",
    ),
    ("SystemTime::now", &["src/runtime"], "time enters as data"),
    (
        "reqwest::Client",
        &["src/integrations/http"],
        "one read client, one write client",
    ),
    (
        "Client::builder",
        &["src/integrations/http"],
        "one read client, one write client",
    ),
    (
        "octocrab::",
        &["src/integrations/github/reads.rs"],
        "octocrab stands in front of the read client, and nowhere else",
    ),
    (
        "kube_client",
        &["src/integrations/kubernetes/place.rs"],
        "it reads kubeconfigs; its client would repeat writes",
    ),
    (
        "octocrab::models",
        &[],
        "its enums are closed: an unknown word costs the whole answer",
    ),
    (
        "Octocrab::builder",
        &[],
        "octocrab's own client repeats writes and follows redirects",
    ),
    (
        "danger_accept_invalid",
        &[],
        "a certificate is mended, never ignored",
    ),
    (
        "expose_secret",
        &["src/integrations/http", "src/simulator"],
        "a secret is read once, into a header",
    ),
    ("Terminal::clear", &[], "it asks the terminal a question"),
    (
        "Command::new",
        &["src/config", "src/runtime", "src/cli"],
        "children get no terminal by accident",
    ),
    (
        "Color::",
        &["src/ui/theme", "src/runtime/terminal", "src/cli/snapshot"],
        "views use meanings, themes use colours",
    ),
    (
        "\\x1b",
        &[
            "src/runtime/terminal",
            "src/cli/snapshot",
            "src/domain/text",
            "src/simulator",
        ],
        "one room speaks to the terminal",
    ),
    ("println!", &["src/cli", "src/main.rs"], "one room prints"),
];

/// Files that may be longer than 600 lines, each with its reason.
const LONG: &[(&str, &str)] = &[];

struct Source {
    path: String,
    /// The text without its tests and comments.
    code: String,
    lines: usize,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a source file is readable");
            Source {
                path: path
                    .strip_prefix(root)
                    .expect("sources are below the root")
                    .display()
                    .to_string(),
                lines: text.lines().count(),
                code: without_tests_and_comments(&text),
            }
        })
        .collect()
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(directory)
        .expect("a source directory is readable")
        .map(|entry| entry.expect("an entry is readable").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Test modules stand at the end of a file, so the rest of it is cut.
fn without_tests_and_comments(text: &str) -> String {
    let code = text
        .find("#[cfg(test)]")
        .map_or(text, |start| &text[..start]);
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/") || path.ends_with("_tests.rs")
}

/// The paths that a file names below `crate::`, with the braces of `use`
/// spread out.
fn crate_paths(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut rest = code;
    while let Some(start) = rest.find("crate::") {
        let after = &rest[start + "crate::".len()..];
        if let Some(inside) = after.strip_prefix('{') {
            let mut depth = 1;
            let mut item = String::new();
            for character in inside.chars() {
                match character {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 0 || (depth == 1 && character == ',') {
                    paths.push(item.trim().to_owned());
                    item.clear();
                    if depth == 0 {
                        break;
                    }
                } else {
                    item.push(character);
                }
            }
        } else {
            let end = after
                .find(|character: char| !(character.is_alphanumeric() || "_:{".contains(character)))
                .unwrap_or(after.len());
            paths.push(after[..end].to_owned());
        }
        rest = &rest[start + "crate::".len()..];
    }
    paths.retain(|path| !path.is_empty());
    paths
}

#[test]
fn imports_point_down() {
    let rules: BTreeMap<&str, &[&str]> = MAY_KNOW.iter().copied().collect();
    let mut broken = Vec::new();
    for source in sources() {
        let Some(room) = source
            .path
            .strip_prefix("src/")
            .and_then(|path| path.split('/').next())
        else {
            continue;
        };
        let (Some(known), false) = (rules.get(room), is_test(&source.path)) else {
            continue;
        };
        for path in crate_paths(&source.code) {
            let first = path.split("::").next().unwrap_or_default();
            let allowed = first == room
                || known
                    .iter()
                    .any(|allowed| path == *allowed || path.starts_with(&format!("{allowed}::")));
            if !allowed {
                broken.push(format!(
                    "{}: {room} may not know crate::{path}",
                    source.path
                ));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn what_belongs_to_one_room_stays_there() {
    let mut broken = Vec::new();
    for source in sources() {
        if is_test(&source.path) {
            continue;
        }
        for (word, rooms, why) in ONE_ROOM {
            if source.code.contains(word) && !rooms.iter().any(|room| source.path.starts_with(room))
            {
                broken.push(format!("{}: `{word}` ({why})", source.path));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn no_view_knows_a_vendor_by_name() {
    let broken: Vec<String> = sources()
        .into_iter()
        .filter(|source| {
            let in_scope = ["src/ui", "src/model", "src/command", "src/analysis"]
                .iter()
                .any(|room| source.path.starts_with(room));
            // A file's name in somebody's repository is no vendor that we know.
            let code = source.code.to_ascii_lowercase().replace("jenkinsfile", "");
            in_scope
                && !is_test(&source.path)
                && ["github", "gitlab", "jenkins", "pagerduty", "prometheus"]
                    .iter()
                    .any(|vendor| code.contains(vendor))
        })
        .map(|source| source.path)
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn no_file_is_two_rooms() {
    let broken: Vec<String> = sources()
        .into_iter()
        .filter(|source| source.lines > 600 && !LONG.iter().any(|(path, _)| *path == source.path))
        .map(|source| format!("{}: {} lines, more than 600", source.path, source.lines))
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn crate_paths_are_spread_out() {
    let paths =
        crate_paths("use crate::{domain::{A, B}, model::Model};\nlet x = crate::store::open();");
    assert_eq!(paths, ["domain::{A, B}", "model::Model", "store::open"]);
}
