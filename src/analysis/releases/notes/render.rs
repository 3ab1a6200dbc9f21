//! Notes as text, by the templates in `assets/releases/notes`.

use minijinja::{Environment, UndefinedBehavior, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;

use super::{Changes, Entry, Group};
use crate::domain::{Release, ReleaseItem, ReleaseLink, Text};

/// For whom the notes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// For the people who made it.
    Internal,
    /// For those who use it.
    Customer,
    /// For the change record.
    ChangeRecord,
}

impl Template {
    /// All templates.
    pub const ALL: [Self; 3] = [Self::Internal, Self::Customer, Self::ChangeRecord];

    /// The word of the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Customer => "customer",
            Self::ChangeRecord => "change-record",
        }
    }

    /// The template of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    fn text(self) -> &'static str {
        match self {
            Self::Internal => include_str!("../../../../assets/releases/notes/internal.md"),
            Self::Customer => include_str!("../../../../assets/releases/notes/customer.md"),
            Self::ChangeRecord => {
                include_str!("../../../../assets/releases/notes/change-record.md")
            }
        }
    }
}

/// What the notes say beside what changed.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// The word for its state.
    pub state: String,
    /// From when until when, in words; empty when it has no time.
    pub window: String,
    /// The word for its risk.
    pub risk: String,
    /// Why it is as risky.
    pub reasons: Vec<Text>,
    /// Its changes of state, a sentence each.
    pub moves: Vec<String>,
    /// What was cut, a sentence each.
    pub cut: Vec<String>,
    /// What was taken back, a sentence each.
    pub taken_back: Vec<String>,
}

#[derive(Serialize)]
struct Page<'a> {
    release: Front<'a>,
    services: Vec<Part<'a>>,
    groups: Vec<Section<'a>>,
    breaking: Vec<Line<'a>>,
    authors: Vec<&'a str>,
    cut: &'a [String],
    taken_back: &'a [String],
    /// Whether customers are told anything.
    told: bool,
}

#[derive(Serialize)]
struct Front<'a> {
    id: &'a str,
    name: &'a str,
    kind: &'a str,
    captain: Option<&'a str>,
    state: &'a str,
    window: &'a str,
    risk: &'a str,
    reasons: &'a [Text],
    moves: &'a [String],
    links: &'a [ReleaseLink],
    checks: Vec<Checked<'a>>,
}

#[derive(Serialize)]
struct Checked<'a> {
    what: &'a str,
    state: &'a str,
    done: bool,
}

#[derive(Serialize)]
struct Part<'a> {
    name: &'a str,
    environment: &'a str,
    from: Option<&'a str>,
    to: &'a str,
    commit: Option<&'a str>,
    ahead: Option<usize>,
    groups: Vec<Section<'a>>,
    commits: Vec<Made<'a>>,
    missing: u32,
    /// Why what changed is not known; none when it is.
    unknown: Option<&'a str>,
}

#[derive(Serialize)]
struct Made<'a> {
    sha: &'a str,
    title: &'a str,
    author: &'a str,
}

#[derive(Serialize)]
struct Section<'a> {
    title: &'static str,
    for_customers: bool,
    entries: Vec<Line<'a>>,
}

#[derive(Clone, Serialize)]
struct Line<'a> {
    service: &'a str,
    scope: &'a str,
    text: &'a str,
    author: &'a str,
    reference: String,
    short: String,
}

/// The notes of a release as Markdown. `parts` are its items with what each
/// brings, or why that is not known.
///
/// # Errors
/// When the template cannot be filled in: a defect.
pub fn render(
    template: Template,
    release: &Release,
    head: &Head,
    parts: &[(&ReleaseItem, Result<Changes, String>)],
) -> Result<String, String> {
    let known = || {
        parts
            .iter()
            .filter_map(|(item, changes)| Some((*item, changes.as_ref().ok()?)))
    };
    let all: Vec<(&ReleaseItem, &Entry)> = known()
        .flat_map(|(item, changes)| changes.entries.iter().map(move |entry| (item, entry)))
        .collect();
    let mut authors: Vec<&str> = known()
        .flat_map(|(_, changes)| changes.authors.iter().map(Text::as_str))
        .collect();
    authors.sort_unstable();
    authors.dedup();
    let page = Page {
        release: front(release, head),
        services: parts
            .iter()
            .map(|(item, changes)| part(item, changes))
            .collect(),
        told: all
            .iter()
            .any(|(_, entry)| entry.breaking || entry.group.is_for_customers()),
        breaking: all
            .iter()
            .filter(|(_, entry)| entry.breaking)
            .map(|(item, entry)| line(item, entry))
            .collect(),
        groups: sections(&all),
        authors,
        cut: &head.cut,
        taken_back: &head.taken_back,
    };
    let mut jinja = Environment::new();
    jinja.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()
            .map_err(|error| error.to_string())?,
    );
    jinja.set_undefined_behavior(UndefinedBehavior::Strict);
    // Whatever a template prints is words, unless the template says `safe`.
    jinja.set_formatter(|out, _, value| {
        let text = value.to_string();
        Ok(if value.is_safe() {
            out.write_str(&text)
        } else {
            out.write_str(&escape(&text))
        }?)
    });
    jinja
        .render_str(template.text(), Serde(&page))
        .map(|text| tidy(&text))
        .map_err(|error| format!("the notes cannot be written: {error:#}"))
}

fn front<'a>(release: &'a Release, head: &'a Head) -> Front<'a> {
    Front {
        id: &release.id,
        name: &release.name,
        kind: release.kind.word(),
        captain: release.captain.as_deref(),
        state: &head.state,
        window: &head.window,
        risk: &head.risk,
        reasons: &head.reasons,
        moves: &head.moves,
        links: &release.links,
        checks: release
            .checklist
            .iter()
            .map(|check| Checked {
                what: &check.what,
                state: check.state.word(),
                done: check.state == crate::domain::CheckState::Done,
            })
            .collect(),
    }
}

fn part<'a>(item: &'a ReleaseItem, changes: &'a Result<Changes, String>) -> Part<'a> {
    let known = changes.as_ref().ok();
    let entries: Vec<(&ReleaseItem, &Entry)> = known
        .map(|known| known.entries.iter().map(|entry| (item, entry)).collect())
        .unwrap_or_default();
    Part {
        name: item.service.as_str(),
        environment: item.environment.as_str(),
        from: item.from.as_ref().map(crate::domain::Version::as_str),
        to: item.to.as_str(),
        commit: item.commit.as_deref(),
        ahead: known.map(|known| {
            known.commits.len() + usize::try_from(known.missing).unwrap_or(usize::MAX)
        }),
        groups: sections(&entries),
        commits: known
            .map(|known| &known.commits[..])
            .unwrap_or_default()
            .iter()
            .map(|commit| Made {
                sha: &commit.sha,
                title: &commit.title,
                author: &commit.author,
            })
            .collect(),
        missing: known.map_or(0, |known| known.missing),
        unknown: changes.as_ref().err().map(String::as_str),
    }
}

fn sections<'a>(entries: &[(&'a ReleaseItem, &'a Entry)]) -> Vec<Section<'a>> {
    Group::ALL
        .into_iter()
        .map(|group| Section {
            title: group.title(),
            for_customers: group.is_for_customers(),
            entries: entries
                .iter()
                .filter(|(_, entry)| entry.group == group)
                .map(|(item, entry)| line(item, entry))
                .collect(),
        })
        .filter(|section| !section.entries.is_empty())
        .collect()
}

fn line<'a>(item: &'a ReleaseItem, entry: &'a Entry) -> Line<'a> {
    Line {
        service: item.service.as_str(),
        scope: &entry.scope,
        text: &entry.text,
        author: &entry.author,
        reference: match entry.number {
            Some(number) if is_target(&entry.url) => {
                format!(" ([#{number}]({}))", entry.url)
            }
            Some(number) => format!(" (#{number})"),
            None => String::new(),
        },
        short: entry.sha.chars().take(7).collect(),
    }
}

/// Whether an address can be the target of a link as it is.
fn is_target(url: &str) -> bool {
    (url.starts_with("https://") || url.starts_with("http://"))
        && !url.contains(|letter: char| letter.is_whitespace() || "()<>\\".contains(letter))
}

/// What somebody wrote is words, not HTML, a link or a picture.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '[' | ']' | '|' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            _ => out.push(letter),
        }
    }
    out
}

/// At most one empty line in a row, none at the ends.
fn tidy(text: &str) -> String {
    let mut out = String::new();
    let mut empty = 0;
    for line in text.trim().lines() {
        let line = line.trim_end();
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}
