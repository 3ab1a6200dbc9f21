//! Commits, comparisons and pull requests.

use std::{collections::BTreeMap, ops::Range};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Json, instant, node_id, run::tree};
use crate::simulator::world::company::Commit;

impl Json<'_> {
    /// A commit of the default branch.
    pub fn commit(&self, service: usize, index: usize) -> Value {
        let one = &self.world.services[service];
        let commit = &one.commits[index];
        let sha = commit.sha();
        let api = self.api(service);
        let html = self.html(service);
        let author = &self.world.people[commit.author];
        let who = json!({ "name": author.name, "email": author.email, "date": instant(commit.at) });
        let parents: Vec<Value> = index
            .checked_sub(1)
            .map(|parent| one.commits[parent].sha())
            .into_iter()
            .map(|sha| {
                json!({
                    "sha": sha,
                    "url": format!("{api}/commits/{sha}"),
                    "html_url": format!("{html}/commit/{sha}"),
                })
            })
            .collect();
        json!({
            "url": format!("{api}/commits/{sha}"),
            "sha": sha,
            "node_id": format!("C_{sha}"),
            "html_url": format!("{html}/commit/{sha}"),
            "comments_url": format!("{api}/commits/{sha}/comments"),
            "commit": {
                "url": format!("{api}/git/commits/{sha}"),
                "author": who,
                "committer": who,
                "message": commit.message(),
                "comment_count": 0,
                "tree": { "sha": tree(&sha), "url": format!("{api}/git/trees/{}", tree(&sha)) },
                "verification": {
                    "verified": false,
                    "reason": "unsigned",
                    "signature": null,
                    "payload": null,
                    "verified_at": null,
                },
            },
            "author": self.person(commit.author),
            "committer": self.person(commit.author),
            "parents": parents,
        })
    }

    /// A file of the default branch.
    pub fn file(&self, service: usize, path: &str, text: &str) -> Value {
        let (api, html) = (self.api(service), self.html(service));
        let name = path.rsplit('/').next().unwrap_or(path);
        let sha = tree(&text.len().to_string());
        let url = format!("{api}/contents/{path}?ref=main");
        let git = format!("{api}/git/blobs/{sha}");
        let page = format!("{html}/blob/main/{path}");
        json!({
            "type": "file",
            "encoding": "base64",
            "size": text.len(),
            "name": name,
            "path": path,
            "content": format!("{}\n", STANDARD.encode(text)),
            "sha": sha,
            "url": url,
            "git_url": git,
            "html_url": page,
            "download_url": format!("{html}/raw/main/{path}"),
            "_links": { "git": git, "self": url, "html": page },
        })
    }

    /// A commit with the files that it changes, as it is told alone.
    pub fn commit_with_files(&self, service: usize, index: usize) -> Value {
        let mut commit = self.commit(service, index);
        let files = self.changed_files(service, index..index + 1);
        let lines =
            |name: &str| -> u64 { files.iter().filter_map(|file| file[name].as_u64()).sum() };
        let (additions, deletions) = (lines("additions"), lines("deletions"));
        commit["stats"] = json!({
            "additions": additions,
            "deletions": deletions,
            "total": additions + deletions,
        });
        commit["files"] = Value::from(files);
        commit
    }

    /// What lies between two commits of the default branch.
    pub fn comparison(
        &self,
        service: usize,
        names: (&str, &str),
        (base, head): (usize, usize),
    ) -> Value {
        let api = self.api(service);
        let html = format!("{}/compare/{}...{}", self.html(service), names.0, names.1);
        let (ahead, behind) = (head.saturating_sub(base), base.saturating_sub(head));
        let commits: Vec<Value> = (base + 1..=head)
            .map(|index| self.commit(service, index))
            .collect();
        json!({
            "url": format!("{api}/compare/{}...{}", names.0, names.1),
            "html_url": html,
            "permalink_url": html,
            "diff_url": format!("{html}.diff"),
            "patch_url": format!("{html}.patch"),
            "base_commit": self.commit(service, base),
            "merge_base_commit": self.commit(service, base.min(head)),
            "status": if ahead > 0 { "ahead" } else if behind > 0 { "behind" } else { "identical" },
            "ahead_by": ahead,
            "behind_by": behind,
            "total_commits": ahead,
            "commits": commits,
            "files": self.changed_files(service, base + 1..head + 1),
        })
    }

    /// The files that some commits changed, each once.
    fn changed_files(&self, service: usize, commits: Range<usize>) -> Vec<Value> {
        let one = &self.world.services[service];
        let (api, html) = (self.api(service), self.html(service));
        let mut files: BTreeMap<String, &Commit> = BTreeMap::new();
        for commit in one.commits.get(commits).unwrap_or_default() {
            for path in commit.paths() {
                files.insert(path, commit);
            }
        }
        files
            .into_iter()
            .map(|(path, commit)| {
                let sha = commit.sha();
                let escaped = path.replace('/', "%2F");
                let added = usize::from(commit.sha[3] % 40) + 1;
                let removed = usize::from(commit.sha[4] % 20);
                json!({
                    "sha": tree(&sha),
                    "filename": path,
                    "status": if path.starts_with("migrations/") { "added" } else { "modified" },
                    "additions": added,
                    "deletions": removed,
                    "changes": added + removed,
                    "blob_url": format!("{html}/blob/{sha}/{escaped}"),
                    "raw_url": format!("{html}/raw/{sha}/{escaped}"),
                    "contents_url": format!("{api}/contents/{escaped}?ref={sha}"),
                    "patch": format!("@@ -1,{removed} +1,{added} @@"),
                })
            })
            .collect()
    }

    /// The merged pull request that brought a commit in.
    pub fn pull_request(&self, service: usize, index: usize) -> Value {
        let one = &self.world.services[service];
        let commit = &one.commits[index];
        let number = commit.pull_request;
        let api = self.api(service);
        let html = self.html(service);
        let url = format!("{api}/pulls/{number}");
        let issue = format!("{api}/issues/{number}");
        let author = self.person(commit.author);
        let sha = commit.sha();
        let base_sha = one.commits[index.saturating_sub(1)].sha();
        let side = |name: &str, sha: &str| {
            json!({
                "label": format!("{}:{name}", super::ORGANIZATION),
                "ref": name,
                "sha": sha,
                "user": self.organization(),
                "repo": self.repository(service),
            })
        };
        let link = |href: String| json!({ "href": href });
        let id = one.repository_id * 10 + u64::from(number);
        let branch = self.world.people[commit.author].login;
        json!({
            "url": url,
            "id": id,
            "node_id": node_id("PR", id),
            "html_url": format!("{html}/pull/{number}"),
            "diff_url": format!("{html}/pull/{number}.diff"),
            "patch_url": format!("{html}/pull/{number}.patch"),
            "issue_url": issue,
            "commits_url": format!("{url}/commits"),
            "review_comments_url": format!("{url}/comments"),
            "review_comment_url": format!("{api}/pulls/comments{{/number}}"),
            "comments_url": format!("{issue}/comments"),
            "statuses_url": format!("{api}/statuses/{sha}"),
            "number": number,
            "state": "closed",
            "locked": false,
            "title": commit.headline,
            "user": author,
            "body": null,
            "labels": [],
            "milestone": null,
            "created_at": instant(commit.at - TimeDelta::hours(26)),
            "updated_at": instant(commit.at),
            "closed_at": instant(commit.at),
            "merged_at": instant(commit.at),
            "merge_commit_sha": sha,
            "assignee": null,
            "assignees": [],
            "requested_reviewers": [],
            "requested_teams": [],
            "head": side(&format!("{branch}/{number}"), &tree(&sha)),
            "base": side("main", &base_sha),
            "_links": {
                "self": link(url.clone()),
                "html": link(format!("{html}/pull/{number}")),
                "issue": link(issue.clone()),
                "comments": link(format!("{issue}/comments")),
                "review_comments": link(format!("{url}/comments")),
                "review_comment": link(format!("{api}/pulls/comments{{/number}}")),
                "commits": link(format!("{url}/commits")),
                "statuses": link(format!("{api}/statuses/{sha}")),
            },
            "author_association": "MEMBER",
            "auto_merge": null,
            "draft": false,
        })
    }
}
