//! Releases, tags and milestones.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Json, instant, node_id};
use crate::simulator::world::company::TagPage;

impl Json<'_> {
    /// The number of the release page of a tag.
    pub fn release_id(&self, service: usize, index: usize) -> u64 {
        self.world.services[service].repository_id * 8 % 1_000_000_000 + index as u64
    }

    /// The release page of a tag.
    pub fn release(&self, service: usize, index: usize) -> Value {
        let one = &self.world.services[service];
        let tag = &one.tags[index];
        let name = tag.name();
        let id = self.release_id(service, index);
        let api = self.api(service);
        let made = one.commits[tag.commit].at;
        let written = match &tag.page {
            TagPage::Written(page) => Some(page),
            TagPage::Automatic | TagPage::Nothing => None,
        };
        let draft = written.is_some_and(|page| page.draft);
        // The page of a draft is found by no tag.
        let html = if draft {
            format!("untagged-{id:x}")
        } else {
            name.clone()
        };
        let changed = written.map_or(tag.at, |page| page.updated_at);
        json!({
            "url": format!("{api}/releases/{id}"),
            "html_url": format!("{}/releases/tag/{html}", self.html(service)),
            "assets_url": format!("{api}/releases/{id}/assets"),
            "upload_url": format!("{api}/releases/{id}/assets{{?name,label}}"),
            "tarball_url": format!("{api}/tarball/{name}"),
            "zipball_url": format!("{api}/zipball/{name}"),
            "id": id,
            "node_id": node_id("RE", id),
            "tag_name": name,
            "target_commitish": "main",
            "name": written.map_or_else(
                || format!("{} {}", one.name, tag.version),
                |page| page.title.clone(),
            ),
            "body": written.map_or_else(|| one.automatic_notes(index), |page| page.body.clone()),
            "draft": draft,
            "prerelease": written.is_some_and(|page| page.prerelease),
            "immutable": written.is_none(),
            "created_at": instant(written.map_or(made, |page| page.created_at)),
            "published_at": (!draft).then(|| instant(changed)),
            "updated_at": instant(changed),
            "author": self.person(written.map_or(one.commits[tag.commit].author, |page| page.author)),
            "assets": [],
        })
    }

    /// A tag.
    pub fn tag(&self, service: usize, index: usize) -> Value {
        let one = &self.world.services[service];
        let tag = &one.tags[index];
        let api = self.api(service);
        let sha = one.commits[tag.commit].sha();
        json!({
            "name": tag.name(),
            "commit": { "sha": sha, "url": format!("{api}/commits/{sha}") },
            "zipball_url": format!("{api}/zipball/refs/tags/{}", tag.name()),
            "tarball_url": format!("{api}/tarball/refs/tags/{}", tag.name()),
            "node_id": format!("REF_{}_{}", one.repository_id, tag.name()),
        })
    }

    /// A milestone.
    pub fn milestone(&self, service: usize, index: usize) -> Value {
        let one = &self.world.services[service];
        let milestone = &one.milestones[index];
        let api = self.api(service);
        let id = one.repository_id % 1_000_000_000 + u64::from(milestone.number);
        let created = instant(self.world.clock.start() - TimeDelta::days(21));
        json!({
            "url": format!("{api}/milestones/{}", milestone.number),
            "html_url": format!("{}/milestone/{}", self.html(service), milestone.number),
            "labels_url": format!("{api}/milestones/{}/labels", milestone.number),
            "id": id,
            "node_id": node_id("MI", id),
            "number": milestone.number,
            "state": "open",
            "title": milestone.title,
            "description": "",
            "creator": self.person(0),
            "open_issues": milestone.issues.0,
            "closed_issues": milestone.issues.1,
            "created_at": created,
            "updated_at": created,
            "closed_at": null,
            "due_on": milestone.due.map(instant),
        })
    }
}
