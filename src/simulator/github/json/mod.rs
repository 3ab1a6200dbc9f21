//! GitHub's objects as JSON, with every field that the published description
//! requires.

mod change;
pub mod delivery;
mod plan;
mod repository;
pub mod run;

use serde_json::{Map, Value, json};

use crate::{domain::Timestamp, simulator::world::World};

use super::super::world::{ORGANIZATION, company::PersonIndex};

/// Where pages for people are said to be. Nothing is there: it is a company
/// in a box.
pub const PAGES: &str = "https://github.example";

/// Builds objects of one world, with links that lead back to where the
/// request came in.
pub struct Json<'w> {
    /// The world.
    pub world: &'w World,
    /// `http://HOST`, from the request.
    pub base: &'w str,
}

/// An instant as GitHub writes it.
pub fn instant(at: Timestamp) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The global id of an object.
pub fn node_id(kind: &str, id: u64) -> String {
    format!("{kind}_kwDO{id:012X}")
}

impl Json<'_> {
    /// `http://HOST/repos/larkspur/NAME`.
    pub fn api(&self, service: usize) -> String {
        format!(
            "{}/repos/{ORGANIZATION}/{}",
            self.base, self.world.services[service].name
        )
    }

    /// Where a person would look at the repository.
    pub fn html(&self, service: usize) -> String {
        format!(
            "{PAGES}/{ORGANIZATION}/{}",
            self.world.services[service].name
        )
    }

    /// A person, in the short form.
    pub fn person(&self, person: PersonIndex) -> Value {
        let who = &self.world.people[person];
        self.account(who.login, who.github_id, "User")
    }

    /// The organisation, in the short form.
    pub fn organization(&self) -> Value {
        self.account(ORGANIZATION, 4_100_021, "Organization")
    }

    /// A person with a name, as `/user` answers.
    pub fn user(&self, person: PersonIndex) -> Value {
        let who = &self.world.people[person];
        let mut user = self.person(person);
        merge(
            &mut user,
            json!({
                "user_view_type": "public",
                "name": who.name,
                "company": "Larkspur Goods",
                "blog": "",
                "location": null,
                "email": who.email,
                "hireable": null,
                "bio": null,
                "public_repos": 0,
                "public_gists": 0,
                "followers": 12,
                "following": 9,
                "created_at": "2019-03-04T09:00:00Z",
                "updated_at": "2026-01-12T08:00:00Z",
            }),
        );
        user
    }

    fn account(&self, login: &str, id: u64, kind: &str) -> Value {
        let url = format!("{}/users/{login}", self.base);
        json!({
            "login": login,
            "id": id,
            "node_id": node_id(if kind == "User" { "U" } else { "O" }, id),
            "avatar_url": format!("{PAGES}/avatars/{id}"),
            "gravatar_id": "",
            "url": url,
            "html_url": format!("{PAGES}/{login}"),
            "followers_url": format!("{url}/followers"),
            "following_url": format!("{url}/following{{/other_user}}"),
            "gists_url": format!("{url}/gists{{/gist_id}}"),
            "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
            "subscriptions_url": format!("{url}/subscriptions"),
            "organizations_url": format!("{url}/orgs"),
            "repos_url": format!("{url}/repos"),
            "events_url": format!("{url}/events{{/privacy}}"),
            "received_events_url": format!("{url}/received_events"),
            "type": kind,
            "site_admin": false,
        })
    }
}

/// Adds the fields of `more` to an object.
pub fn merge(object: &mut Value, more: Value) {
    if let (Value::Object(object), Value::Object(more)) = (object, more) {
        object.extend(more);
    }
}

/// An object from pairs.
pub fn object(pairs: impl IntoIterator<Item = (String, Value)>) -> Value {
    Value::Object(pairs.into_iter().collect::<Map<_, _>>())
}
