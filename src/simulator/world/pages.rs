//! Pages of versions: what is published of a tag, and who writes it.

use super::{
    OPERATOR, World,
    company::{Host, PersonIndex, ServiceIndex, TagPage, WrittenPage},
};
use crate::simulator::scenario::PageSeed;

/// What somebody wants a page to say.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its title.
    pub title: String,
    /// What it says.
    pub body: String,
    /// Not published yet.
    pub draft: bool,
    /// Not for production.
    pub prerelease: bool,
}

impl World {
    /// What is published of the newest tag when it is made.
    pub(super) fn seed_page(&mut self, service: ServiceIndex, seed: PageSeed, author: PersonIndex) {
        let now = self.now;
        let one = &self.services[service];
        let Some(newest) = one.tags.len().checked_sub(1) else {
            return;
        };
        let page = match seed {
            PageSeed::Published => TagPage::Automatic,
            PageSeed::Draft if one.host == Host::GitHub => {
                TagPage::Written(Box::new(WrittenPage {
                    title: format!("{} {}", one.name, one.tags[newest].version),
                    body: one.automatic_notes(newest),
                    draft: true,
                    prerelease: false,
                    author,
                    created_at: now,
                    updated_at: now,
                }))
            }
            PageSeed::Draft | PageSeed::Nothing => TagPage::Nothing,
        };
        self.services[service].tags[newest].page = page;
    }

    /// Writes the page of a tag, as the operator.
    pub fn write_page(&mut self, service: ServiceIndex, tag: usize, wanted: Wanted) {
        let now = self.now;
        let tag = &mut self.services[service].tags[tag];
        let (author, created_at) = match &tag.page {
            TagPage::Written(page) => (page.author, page.created_at),
            _ => (OPERATOR, now),
        };
        tag.page = TagPage::Written(Box::new(WrittenPage {
            title: wanted.title,
            body: wanted.body,
            draft: wanted.draft,
            prerelease: wanted.prerelease,
            author,
            created_at,
            updated_at: now,
        }));
    }
}
