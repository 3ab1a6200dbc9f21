//! Releases, tags and milestones.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Json, instant, node_id};

impl Json<'_> {
    /// The release page of a tag.
    pub fn release(&self, service: usize, index: usize) -> Value {
        let one = &self.world.services[service];
        let tag = &one.tags[index];
        let name = tag.name();
        let id = one.repository_id * 8 % 1_000_000_000 + index as u64;
        let api = self.api(service);
        json!({
            "url": format!("{api}/releases/{id}"),
            "html_url": format!("{}/releases/tag/{name}", self.html(service)),
            "assets_url": format!("{api}/releases/{id}/assets"),
            "upload_url": format!("{api}/releases/{id}/assets{{?name,label}}"),
            "tarball_url": format!("{api}/tarball/{name}"),
            "zipball_url": format!("{api}/zipball/{name}"),
            "id": id,
            "node_id": node_id("RE", id),
            "tag_name": name,
            "target_commitish": "main",
            "name": format!("{} {}", one.name, tag.version),
            "body": self.notes(service, index),
            "draft": false,
            "prerelease": false,
            "immutable": true,
            "created_at": instant(one.commits[tag.commit].at),
            "published_at": instant(tag.at),
            "updated_at": instant(tag.at),
            "author": self.person(one.commits[tag.commit].author),
            "assets": [],
        })
    }

    fn notes(&self, service: usize, index: usize) -> String {
        let one = &self.world.services[service];
        let from = index
            .checked_sub(1)
            .map_or(0, |before| one.tags[before].commit + 1);
        one.commits[from..=one.tags[index].commit]
            .iter()
            .map(|commit| format!("* {} in #{}", commit.headline, commit.pull_request))
            .collect::<Vec<_>>()
            .join("\n")
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
