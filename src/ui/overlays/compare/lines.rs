//! What the comparison says, line by line.

use std::collections::BTreeMap;

use super::{super::frame, padded};
use crate::{
    analysis::{
        marks::{Mark, Marker},
        owners::Owners,
        suspects::Mention,
    },
    domain::{Comparison, Text, WatchedFiles},
    model::Model,
    ui::{
        app::{CompareLine as Line, CompareView, Evidence, Named, Role},
        widgets::{format, row::columns},
    },
};

/// Suspects that are shown.
const SUSPECTS: usize = 4;

/// Everything that the comparison says.
#[must_use]
pub fn all(model: &Model, view: &CompareView, width: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    for line in frame::wrap(&view.good, width) {
        if !line.is_empty() {
            lines.push(vec![(Role::Dim, line)]);
        }
    }
    let found = model.comparison(&view.service, &view.base, &view.head);
    let comparison = match found {
        Some(found) => &found.value,
        None if view.fault.is_empty() => {
            lines.push(one(Role::Dim, "loading the commits between the two…"));
            return lines;
        }
        None => {
            lines.extend(
                frame::wrap(&view.fault, width)
                    .into_iter()
                    .map(|line| vec![(Role::Danger, line)]),
            );
            return lines;
        }
    };
    let declared = model
        .catalog()
        .service(&view.service)
        .map_or_else(WatchedFiles::default, |spec| spec.files.clone());
    let marker = Marker::new(&declared);
    let owners = model.code_owners(&view.service).unwrap_or_default();
    let owners = Owners::parse(owners.iter().map(Text::as_str));
    let marked: Vec<File<'_>> = comparison
        .files
        .iter()
        .map(|file| File {
            mark: marker.mark(file),
            path: file,
            owners: owners.of(file),
        })
        .collect();
    summary(&mut lines, comparison, &marked, width);
    if let Some(evidence) = &view.evidence {
        lines.push(Vec::new());
        suspects(&mut lines, evidence, comparison, width);
    }
    commits(&mut lines, comparison);
    pull_requests(&mut lines, comparison);
    files(&mut lines, &marked);
    lines
}

/// A file that changed.
struct File<'a> {
    mark: Option<Mark>,
    path: &'a str,
    owners: Vec<&'a str>,
}

fn one(role: Role, text: &str) -> Line {
    vec![(role, text.to_owned())]
}

/// How much it is, by whom, and what of it breaks more than code.
fn summary(lines: &mut Vec<Line>, comparison: &Comparison, marked: &[File<'_>], width: u16) {
    let ahead = usize::try_from(comparison.ahead).unwrap_or(usize::MAX);
    let mut authors: BTreeMap<&str, usize> = BTreeMap::new();
    for commit in &comparison.commits {
        *authors.entry(commit.author.as_str()).or_default() += 1;
    }
    let by: Vec<String> = authors
        .iter()
        .map(|(author, count)| format!("{author} {count}"))
        .collect();
    let by = match (&by[..], authors.keys().next()) {
        ([], _) => "nobody".to_owned(),
        ([_], Some(only)) => (*only).to_owned(),
        _ => by.join(", "),
    };
    let commits = format::counted(ahead, "commit", "commits");
    for line in frame::wrap(&format!("{commits} by {by}"), width) {
        lines.push(vec![(Role::Title, line)]);
    }
    if comparison.behind > 0 {
        lines.push(vec![(
            Role::Warning,
            format!(
                "the older side has {} that the newer one lacks",
                format::counted(comparison.behind as usize, "commit", "commits")
            ),
        )]);
    }
    let counts: Vec<String> = Mark::ALL
        .into_iter()
        .filter_map(|mark| {
            let count = marked.iter().filter(|file| file.mark == Some(mark)).count();
            (count > 0).then(|| match (mark, count) {
                (Mark::Migration, _) => format::counted(count, "migration", "migrations"),
                (Mark::Dependency, _) => {
                    format::counted(count, "dependency file", "dependency files")
                }
                (Mark::Infrastructure, _) => format!("{count} of infrastructure"),
                (Mark::Configuration, _) => format!("{count} of configuration"),
            })
        })
        .collect();
    let files = format::counted(marked.len(), "file", "files");
    let line = if counts.is_empty() {
        vec![(Role::Text, format!("{files}, none of them special"))]
    } else {
        vec![
            (Role::Text, format!("{files}, of them ")),
            (Role::Warning, counts.join(", ")),
        ]
    };
    if !marked.is_empty() {
        lines.push(line);
    }
    let mut owners: Vec<&str> = marked
        .iter()
        .flat_map(|file| &file.owners)
        .copied()
        .collect();
    owners.sort_unstable();
    owners.dedup();
    if !owners.is_empty() {
        for line in frame::wrap(&format!("owned by {}", owners.join(", ")), width) {
            lines.push(vec![(Role::Dim, line)]);
        }
    }
}

/// Which commits may have broken the run, said as the guess that it is.
fn suspects(lines: &mut Vec<Line>, evidence: &Evidence, comparison: &Comparison, width: u16) {
    let title = |more: &str| {
        vec![
            (Role::Title, "Suspects".to_owned()),
            (Role::Dim, format!("  {more}")),
        ]
    };
    let named = match &evidence.named {
        Named::NotYet => {
            lines.push(title("reading the log of the failed job…"));
            return;
        }
        Named::NoLog(why) => {
            lines.push(title(&format!("none can be named: {why}")));
            return;
        }
        Named::These(named) if named.is_empty() => {
            lines.push(title(
                "none can be named: the error names no file, class or package",
            ));
            return;
        }
        Named::These(named) => named,
    };
    if evidence.suspects.is_empty() {
        let waits = evidence.looked.len() > 1 && evidence.fault.is_empty();
        let which = names(named);
        lines.push(title(&if !evidence.fault.is_empty() {
            format!(
                "the files of the commits cannot be read: {}",
                evidence.fault
            )
        } else if waits && comparison.commits.len() > 1 {
            format!("looking which commits touch {which}…")
        } else {
            format!("none: nothing that changed overlaps with {which}")
        }));
        return;
    }
    lines.push(title(
        "a guess, by what the error names and the commits touch",
    ));
    let wide = evidence
        .suspects
        .iter()
        .take(SUSPECTS)
        .filter_map(|suspect| {
            let found = comparison.commits.iter().find(|one| one.sha == suspect.sha);
            found.map(|commit| columns(&commit.author))
        })
        .max()
        .unwrap_or(0);
    for suspect in evidence.suspects.iter().take(SUSPECTS) {
        let found = comparison.commits.iter().find(|one| one.sha == suspect.sha);
        let Some(commit) = found else { continue };
        let short: String = commit.sha.chars().take(8).collect();
        lines.push(vec![
            (Role::Suspect, short),
            (Role::Dim, format!("  {}", padded(&commit.author, wide))),
            (Role::Text, format!("  {}", commit.title)),
        ]);
        for line in frame::wrap(&suspect.reason, width.saturating_sub(2)) {
            lines.push(vec![(Role::Dim, format!("  {line}"))]);
        }
    }
    let more = evidence.suspects.len().saturating_sub(SUSPECTS);
    if more > 0 {
        lines.push(vec![(Role::Dim, format!("  and {more} more"))]);
    }
    let looked = evidence.looked.len();
    let all = usize::try_from(comparison.ahead).unwrap_or(usize::MAX);
    if looked > 0 && looked < all {
        lines.push(vec![(
            Role::Dim,
            format!("  only the newest {looked} of {all} commits were looked at"),
        )]);
    }
}

/// A few of the things that errors name.
fn names(named: &[Mention]) -> String {
    let mut names: Vec<&str> = named
        .iter()
        .map(|mention| match mention {
            Mention::File(name) | Mention::Class(name) | Mention::Package(name) => name.as_str(),
        })
        .collect();
    let more = names.len().saturating_sub(3);
    names.truncate(3);
    let names = names.join(", ");
    if more > 0 {
        format!("{names} and {more} more")
    } else {
        names
    }
}

fn commits(lines: &mut Vec<Line>, comparison: &Comparison) {
    if comparison.commits.is_empty() {
        return;
    }
    lines.push(Vec::new());
    lines.push(one(Role::Title, "Commits"));
    let wide = author_width(comparison);
    for commit in comparison.commits.iter().rev() {
        let short: String = commit.sha.chars().take(8).collect();
        lines.push(vec![
            (Role::Dim, format!("{short}  ")),
            (Role::Dim, padded(&commit.author, wide)),
            (Role::Text, format!("  {}", commit.title)),
        ]);
    }
    let ahead = usize::try_from(comparison.ahead).unwrap_or(usize::MAX);
    let missing = ahead.saturating_sub(comparison.commits.len());
    if missing > 0 {
        lines.push(vec![(Role::Dim, format!("and {missing} more, not loaded"))]);
    }
}

/// Authors of commits and of pull requests stand under each other.
fn author_width(comparison: &Comparison) -> u16 {
    let authors = comparison.commits.iter().map(|commit| &commit.author);
    let requesters = comparison.pull_requests.iter();
    authors
        .chain(requesters.map(|request| &request.author))
        .map(|author| columns(author))
        .max()
        .unwrap_or(0)
}

fn pull_requests(lines: &mut Vec<Line>, comparison: &Comparison) {
    if comparison.pull_requests.is_empty() {
        return;
    }
    lines.push(Vec::new());
    lines.push(one(Role::Title, "Pull requests"));
    let wide = author_width(comparison);
    for request in &comparison.pull_requests {
        let number = padded(&format!("#{}", request.number), 8);
        lines.push(vec![
            (Role::Dim, format!("{number}  ")),
            (Role::Dim, padded(&request.author, wide)),
            (Role::Text, format!("  {}", request.title)),
        ]);
    }
}

/// The files, those with a mark first.
fn files(lines: &mut Vec<Line>, marked: &[File<'_>]) {
    if marked.is_empty() {
        return;
    }
    lines.push(Vec::new());
    lines.push(one(Role::Title, "Files"));
    let mut marked: Vec<&File<'_>> = marked.iter().collect();
    marked.sort_by_key(|file| (file.mark.is_none(), file.mark, file.path));
    let wide = marked
        .iter()
        .filter_map(|file| Some(columns(file.mark.as_ref()?.word())))
        .max();
    let long = marked.iter().map(|file| columns(file.path)).max();
    let long = usize::from(long.unwrap_or(0).min(60));
    for file in marked {
        let mut line = Vec::new();
        if let Some(wide) = wide {
            let word = file.mark.map_or("", Mark::word);
            line.push((Role::Warning, format!("{}  ", padded(word, wide))));
        }
        line.push((Role::Text, file.path.to_owned()));
        if !file.owners.is_empty() {
            let gap = long.saturating_sub(usize::from(columns(file.path))) + 2;
            let owners = file.owners.join(" ");
            line.push((Role::Dim, format!("{}{owners}", " ".repeat(gap))));
        }
        lines.push(line);
    }
}
