//! A release once more.

use super::{Awaiting, Model};
use crate::{
    analysis::releases::{template, train::UNBUILT},
    domain::{Release, ReleaseItem, ReleaseState, Text, Timestamp, Version},
};

impl Model {
    /// An item once more: with the version that awaits, else with none chosen
    /// yet.
    #[must_use]
    pub fn next_item(&self, awaiting: &[Awaiting], item: &ReleaseItem) -> ReleaseItem {
        let waits = awaiting
            .iter()
            .find(|one| one.service == item.service && one.environment == item.environment);
        waits.map_or_else(
            || ReleaseItem {
                service: item.service.clone(),
                environment: item.environment.clone(),
                from: self
                    .served(&item.service, &item.environment)
                    .map(|served| served.version.clone()),
                to: Version::new(UNBUILT),
                ..ReleaseItem::default()
            },
            Awaiting::item,
        )
    }

    /// A draft with the services, kind, captain and length of a release, for
    /// another time.
    #[must_use]
    pub fn copy_of(&self, release: &Release, start: Timestamp, now: Timestamp) -> Release {
        let awaiting = self.awaiting();
        let items = release.items.iter();
        let long = release.start.zip(release.end).map(|(from, to)| to - from);
        let id = self.free_release_id(&release.id);
        let copy = Release {
            name: id.clone(),
            id,
            kind: release.kind,
            captain: release.captain.clone(),
            items: items.map(|item| self.next_item(&awaiting, item)).collect(),
            start: Some(start),
            end: long.and_then(|long| start.checked_add_signed(long)),
            declared: Some(ReleaseState::Draft),
            ..Release::default()
        };
        let hours = self.catalog().team.policy.hotfix_review_hours;
        template::of(release.kind).fill(copy, Some(now), hours)
    }

    /// An id that no release has: the number at its end counted on, else one
    /// put behind it.
    fn free_release_id(&self, id: &str) -> Text {
        let stem = id.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let number: Option<u32> = id[stem.len()..].parse().ok();
        // A day is no number to count on from.
        let (stem, first) = match number.filter(|_| stem.matches('-').count() < 3) {
            Some(number) if stem.ends_with('-') => (stem.to_owned(), number.saturating_add(1)),
            _ => (format!("{id}-"), 2),
        };
        let mut ids = (first..).map(|number| Text::from(format!("{stem}{number}")));
        ids.find(|id| self.release(id).is_none())
            .unwrap_or_default()
    }
}
