//! The notes of a release, from what is known of its items.

use super::Model;
use crate::{
    analysis::releases::notes::{Changes, Head, Template, render},
    domain::{NoteLink, Page, Release, ReleaseItem, ServiceName, Text, Timestamp, Version},
};

/// Notes, and of which services nobody knows what changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notes {
    /// Markdown.
    pub text: String,
    /// Services whose changes are not known.
    pub unknown: Vec<ServiceName>,
}

/// What the page of one version says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageNotes {
    /// Its title.
    pub title: Text,
    /// Its lines.
    pub lines: Vec<Text>,
}

impl Model {
    /// The notes of a release by a template. What was taken back is told as
    /// such, and nothing that it would have brought.
    ///
    /// # Errors
    /// When the template cannot be filled in: a defect.
    pub fn release_notes(
        &self,
        release: &Release,
        template: Template,
        now: Timestamp,
    ) -> Result<Notes, String> {
        let mut head = self.head(release, now);
        let mut serving = Vec::new();
        for item in &release.items {
            match self.taken_back(release, item, now) {
                None => serving.push(item.clone()),
                Some(serves) => head
                    .taken_back
                    .push(format!("{} {} ({serves} serves)", item.service, item.to)),
            }
        }
        self.notes_of(release, serving, &head, template)
    }

    /// The notes of one item, as the page of its version: what somebody went
    /// over on the screen, else by the template.
    ///
    /// # Errors
    /// When it was taken back, what it brings is not known, or the template
    /// cannot be filled in.
    pub fn page_notes(
        &self,
        release: &Release,
        item: &ReleaseItem,
        template: Template,
        now: Timestamp,
    ) -> Result<PageNotes, String> {
        let title = Text::from(format!("{} {}", item.service, item.to));
        if let Some(serves) = self.taken_back(release, item, now) {
            return Err(format!("{title} was taken back: {serves} serves"));
        }
        if let Some(edited) = self.edited_page(release, item) {
            return Ok(edited);
        }
        let alone = Release {
            name: title.clone(),
            items: vec![item.clone()],
            ..release.clone()
        };
        let head = Head {
            cut: Vec::new(),
            ..self.head(&alone, now)
        };
        let notes = self.notes_of(&alone, alone.items.clone(), &head, template)?;
        if !notes.unknown.is_empty() {
            return Err(format!("what {title} brings was not read"));
        }
        // The page has a title of its own.
        let text = notes.text.trim_start();
        let body = match text.split_once('\n') {
            Some((first, rest)) if first.starts_with("# ") => rest.trim_start(),
            _ => text,
        };
        Ok(PageNotes {
            title,
            lines: Page::lines_of(body),
        })
    }

    /// The page of an item as somebody went over it: the newest finished note
    /// about the release and the service that begins with a heading.
    fn edited_page(&self, release: &Release, item: &ReleaseItem) -> Option<PageNotes> {
        let about = |link: &NoteLink| match link {
            NoteLink::Release(id) => id == &release.id,
            NoteLink::Service(service) => service == &item.service,
            _ => false,
        };
        let mut notes = self.notes().into_iter().rev();
        notes.find_map(|note| {
            let ours = note.finished && note.links.len() == 2 && note.links.iter().all(about);
            let (first, rest) = note.lines.split_first()?;
            let title = first.strip_prefix("# ").filter(|_| ours)?;
            let blank = rest.iter().take_while(|line| line.trim().is_empty());
            let text: Vec<&str> = rest[blank.count()..].iter().map(Text::as_str).collect();
            Some(PageNotes {
                title: Text::new(title),
                lines: Page::lines_of(&text.join("\n")),
            })
        })
    }

    /// The version that serves where an item went out with its release and an
    /// older one is back; none otherwise.
    #[must_use]
    pub fn taken_back(
        &self,
        release: &Release,
        item: &ReleaseItem,
        now: Timestamp,
    ) -> Option<&Version> {
        let serves = self.served(&item.service, &item.environment)?.version;
        if serves == &item.to {
            return None;
        }
        let begin = self.span_of(release, now)?.from;
        let line = self.line(&item.service, &item.environment);
        // When it began is not always told, but when the next one came is.
        let ours = line
            .iter()
            .filter(|stint| stint.version == &item.to)
            .filter(|stint| stint.until.is_some_and(|until| begin <= until))
            .map(|stint| stint.from)
            .min()?;
        // A version that never served before it is a newer one.
        line.iter()
            .any(|stint| stint.version == serves && stint.from < ours)
            .then_some(serves)
    }

    fn head(&self, release: &Release, now: Timestamp) -> Head {
        let view = self.release_view(release, now);
        let risk = self.release_risk(release, now);
        let course = self.course(&release.id);
        let time = |at: Timestamp| at.format("%Y-%m-%d %H:%MZ").to_string();
        Head {
            state: view.state.said().to_owned(),
            window: match (release.start, release.end) {
                (Some(start), Some(end)) => format!("{} to {}", time(start), time(end)),
                (Some(start), None) => format!("from {}", time(start)),
                (None, Some(end)) => format!("until {}", time(end)),
                (None, None) => String::new(),
            },
            risk: risk.level.word().to_owned(),
            reasons: risk.reasons,
            moves: course
                .map_or(&[][..], |course| &course.moves[..])
                .iter()
                .map(|one| {
                    let why = if one.why.is_empty() {
                        String::new()
                    } else {
                        format!(": {}", one.why)
                    };
                    format!(
                        "{} {} → {}, {}{why}",
                        time(one.at),
                        one.from.said(),
                        one.to.said(),
                        one.by
                    )
                })
                .collect(),
            cut: course
                .map_or(&[][..], |course| &course.cut[..])
                .iter()
                .map(|item| format!("{} {}", item.service, item.to))
                .collect(),
            taken_back: Vec::new(),
        }
    }

    fn notes_of(
        &self,
        release: &Release,
        items: Vec<ReleaseItem>,
        head: &Head,
        template: Template,
    ) -> Result<Notes, String> {
        // What is not declared is filled in from what is known.
        let items: Vec<ReleaseItem> = items
            .into_iter()
            .map(|item| ReleaseItem {
                from: self.item_span(&item).map(|(from, _)| Version(from)),
                commit: self.item_commit(&item).cloned(),
                ..item
            })
            .collect();
        let bots = &self.catalog.team.policy.bots;
        let mut unknown = Vec::new();
        let parts: Vec<(&ReleaseItem, Result<Changes, String>)> = items
            .iter()
            .map(|item| {
                let changes = match (self.item_comparison(item), &item.from) {
                    (Some(found), _) => Ok(Changes::of(found, bots)),
                    (None, None) => Err("the version before is not known".to_owned()),
                    (None, Some(from)) => Err(format!(
                        "what lies between {from} and {} was not read",
                        item.to
                    )),
                };
                if changes.is_err() {
                    unknown.push(item.service.clone());
                }
                (item, changes)
            })
            .collect();
        let text = render(template, release, head, &parts)?;
        Ok(Notes { text, unknown })
    }
}
