//! The notes of a release, from what is known of its items.

use super::Model;
use crate::{
    analysis::releases::notes::{Changes, Head, Template, render},
    domain::{Release, ReleaseItem, ServiceName, Timestamp, Version},
};

/// Notes, and of which services nobody knows what changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notes {
    /// Markdown.
    pub text: String,
    /// Services whose changes are not known.
    pub unknown: Vec<ServiceName>,
}

impl Model {
    /// The notes of a release by a template.
    ///
    /// # Errors
    /// When the template cannot be filled in: a defect.
    pub fn release_notes(
        &self,
        release: &Release,
        template: Template,
        now: Timestamp,
    ) -> Result<Notes, String> {
        let view = self.release_view(release, now);
        let risk = self.release_risk(release, now);
        let course = self.course(&release.id);
        let time = |at: Timestamp| at.format("%Y-%m-%d %H:%MZ").to_string();
        let head = Head {
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
        };
        // What is not declared is filled in from what is known.
        let items: Vec<ReleaseItem> = release
            .items
            .iter()
            .map(|item| ReleaseItem {
                from: self.item_span(item).map(|(from, _)| Version(from)),
                commit: self.item_commit(item).cloned(),
                ..item.clone()
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
        let text = render(template, release, &head, &parts)?;
        Ok(Notes { text, unknown })
    }
}
