//! Writing releases: one is made, or a draft or page is changed.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::simulator::world::{
    ORGANIZATION, World,
    company::{Host, ServiceIndex, TagPage},
    pages::Wanted,
};

use super::{answer::Answer, call::Call, json::Json, rest};

/// `POST /repos/{owner}/{repo}/releases`.
pub fn make(world: &mut World, call: &Call, service: ServiceIndex) -> Answer {
    let Some(name) = call.body.get("tag_name").and_then(Value::as_str) else {
        return Answer::invalid("Invalid request.\n\n\"tag_name\" wasn't supplied.");
    };
    let Some(tag) = world.services[service].tag_named(name) else {
        // GitHub would make the tag; nobody here means that.
        return Answer::invalid("Validation Failed: target_commitish is invalid");
    };
    if world.services[service].tags[tag].is_published() {
        return Answer {
            body: Some(json!({
                "message": "Validation Failed",
                "errors": [{ "resource": "Release", "code": "already_exists", "field": "tag_name" }],
                "documentation_url": "https://docs.github.com/rest/releases/releases#create-a-release",
                "status": "422",
            })),
            ..Answer::invalid("Validation Failed")
        };
    }
    let wanted = wanted(
        call,
        Wanted {
            title: name.to_owned(),
            body: String::new(),
            draft: false,
            prerelease: false,
        },
    );
    world.write_page(service, tag, wanted);
    let json = Json {
        world,
        base: &call.base,
    };
    Answer::new(StatusCode::CREATED, Some(json.release(service, tag)))
}

/// `PATCH /repos/{owner}/{repo}/releases/{id}`.
pub fn change(world: &mut World, call: &Call) -> Answer {
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    let ["repos", ORGANIZATION, name, "releases", id] = path.as_slice() else {
        return Answer::not_found();
    };
    let Some(service) = world.hosted(Host::GitHub, name) else {
        return Answer::not_found();
    };
    let found = {
        let json = Json {
            world,
            base: &call.base,
        };
        let mut pages = world.services[service].pages().into_iter();
        pages.find(|tag| rest::number(id) == Some(json.release_id(service, *tag)))
    };
    let Some(tag) = found else {
        return Answer::not_found();
    };
    let TagPage::Written(page) = &world.services[service].tags[tag].page else {
        return Answer::invalid("Cannot change an immutable release");
    };
    let before = Wanted {
        title: page.title.clone(),
        body: page.body.clone(),
        draft: page.draft,
        prerelease: page.prerelease,
    };
    let wanted = wanted(call, before);
    world.write_page(service, tag, wanted);
    let json = Json {
        world,
        base: &call.base,
    };
    Answer::ok(json.release(service, tag))
}

/// What the body asks for; what it leaves out is as before.
fn wanted(call: &Call, before: Wanted) -> Wanted {
    let text = |name: &str| call.body.get(name).and_then(Value::as_str);
    let flag = |name: &str| call.body.get(name).and_then(Value::as_bool);
    Wanted {
        title: text("name").map_or(before.title, str::to_owned),
        body: text("body").map_or(before.body, str::to_owned),
        draft: flag("draft").unwrap_or(before.draft),
        prerelease: flag("prerelease").unwrap_or(before.prerelease),
    }
}
