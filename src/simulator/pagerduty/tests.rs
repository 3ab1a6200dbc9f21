use chrono::TimeDelta;

use crate::domain::Timestamp;
use crate::simulator::{clock::Clock, scenario::Scenario};

use super::*;

fn start() -> Timestamp {
    "2026-11-22T14:00:00Z".parse().unwrap()
}

/// The release day after the incident has opened.
fn release_day() -> World {
    let scenario = Scenario::load("release-day").unwrap();
    let mut world = World::new(&scenario, 7, Clock::at(start(), 1.0));
    world.advance(start() + TimeDelta::seconds(80));
    world
}

fn ask(world: &mut World, method: &str, path: &str, body: &Json) -> (u16, Json) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parameters = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    answer(
        world,
        Request {
            method,
            path,
            parameters,
            from: Some("ana@larkspur.example"),
            body: body.to_string().as_bytes(),
        },
    )
}

fn get(world: &mut World, path: &str) -> Json {
    let (status, body) = ask(world, "GET", path, &Json::Null);
    assert_eq!(status, 200, "{path}: {body}");
    body
}

fn set(world: &mut World, id: &str, status: &str) -> Json {
    let change = json!({ "incident": { "type": "incident_reference", "status": status } });
    let (code, body) = ask(world, "PUT", &format!("/incidents/{id}"), &change);
    assert_eq!(code, 200, "{body}");
    body["incident"].clone()
}

fn the_incident(world: &mut World) -> String {
    let found = get(world, "/incidents?statuses[]=triggered");
    assert_eq!(found["incidents"][0]["title"], "checkout error budget burn");
    found["incidents"][0]["id"].as_str().unwrap().to_owned()
}

fn kinds(world: &mut World, id: &str) -> Vec<String> {
    get(world, &format!("/incidents/{id}/log_entries"))["log_entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["type"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_acknowledgement_changes_the_incident_and_its_log() {
    let mut world = release_day();
    let id = the_incident(&mut world);
    let before = get(&mut world, &format!("/incidents/{id}"));
    assert_eq!(before["incident"]["pending_actions"][0]["type"], "escalate");
    assert_eq!(before["incident"]["priority"]["name"], "P1");
    world.advance(start() + TimeDelta::seconds(95));
    let after = set(&mut world, &id, "acknowledged");
    assert_eq!(after["status"], "acknowledged");
    assert_eq!(
        after["acknowledgements"][0]["acknowledger"]["summary"],
        "Ana Duarte"
    );
    assert_eq!(after["pending_actions"], json!([]));
    assert_eq!(after["last_status_change_at"], "2026-11-22T14:01:35Z");
    assert_eq!(after["last_status_change_by"]["type"], "user_reference");
    assert_eq!(kinds(&mut world, &id)[0], "acknowledgement_log_entry");
}

#[test]
fn nobody_waits_for_the_next_level_after_an_acknowledgement() {
    let escalated = |acknowledge: bool| {
        let mut world = release_day();
        let id = the_incident(&mut world);
        if acknowledge {
            set(&mut world, &id, "acknowledged");
        }
        world.advance(start() + TimeDelta::seconds(400));
        kinds(&mut world, &id).contains(&"escalate_log_entry".to_owned())
    };
    assert!(escalated(false));
    assert!(!escalated(true));
}

#[test]
fn what_is_over_is_opened_again_by_an_acknowledgement() {
    let mut world = release_day();
    let id = the_incident(&mut world);
    let change = json!({ "incident": {
        "type": "incident_reference", "status": "resolved", "resolution": "rolled back",
    }});
    let (_, body) = ask(&mut world, "PUT", &format!("/incidents/{id}"), &change);
    let resolved = &body["incident"];
    assert_eq!(resolved["status"], "resolved");
    assert_eq!(resolved["assignments"], json!([]));
    assert!(resolved["resolved_at"].is_string());
    let log = get(&mut world, &format!("/incidents/{id}/log_entries"));
    assert_eq!(log["log_entries"][0]["note"], "rolled back");
    let notes = get(&mut world, &format!("/incidents/{id}/notes"));
    assert_eq!(notes["notes"], json!([]), "a resolution is no note");

    let reopened = set(&mut world, &id, "acknowledged");
    assert_eq!(reopened["status"], "acknowledged");
    assert_eq!(reopened["resolved_at"], Json::Null);
    let open = get(
        &mut world,
        "/incidents?statuses[]=acknowledged&date_range=all",
    );
    assert!(
        open["incidents"]
            .as_array()
            .unwrap()
            .iter()
            .any(|incident| incident["id"] == id.as_str())
    );
}

#[test]
fn resolving_twice_changes_nothing_more() {
    let mut world = release_day();
    let id = the_incident(&mut world);
    set(&mut world, &id, "resolved");
    let entries = kinds(&mut world, &id).len();
    assert_eq!(set(&mut world, &id, "resolved")["status"], "resolved");
    assert_eq!(kinds(&mut world, &id).len(), entries);
}

#[test]
fn giving_back_triggers_again() {
    let mut world = release_day();
    let id = the_incident(&mut world);
    set(&mut world, &id, "acknowledged");
    assert_eq!(set(&mut world, &id, "triggered")["status"], "triggered");
    assert_eq!(kinds(&mut world, &id)[0], "unacknowledge_log_entry");
}

#[test]
fn each_note_is_one_more_note_and_an_entry_of_the_log() {
    let mut world = release_day();
    let id = the_incident(&mut world);
    let path = format!("/incidents/{id}/notes");
    for content in ["pausing at 25 %", "pausing at 25 %", "rolling back"] {
        let (status, body) = ask(
            &mut world,
            "POST",
            &path,
            &json!({ "note": { "content": content } }),
        );
        assert_eq!(status, 200);
        assert_eq!(body["note"]["content"], content);
        assert_eq!(body["note"]["user"]["summary"], "Ana Duarte");
    }
    let notes = get(&mut world, &path);
    assert_eq!(notes["notes"].as_array().unwrap().len(), 3);
    assert!(notes.get("more").is_none(), "notes have no pages");
    let log = get(&mut world, &format!("/incidents/{id}/log_entries"));
    assert_eq!(log["log_entries"][0]["type"], "annotate_log_entry");
    assert_eq!(log["log_entries"][0]["channel"]["summary"], "rolling back");
    let (status, _) = ask(
        &mut world,
        "POST",
        &path,
        &json!({ "note": { "content": " " } }),
    );
    assert_eq!(status, 400);
}

#[test]
fn the_overview_leaves_notifications_out() {
    let mut world = release_day();
    let id = the_incident(&mut world);
    assert!(kinds(&mut world, &id).contains(&"notify_log_entry".to_owned()));
    let short = get(
        &mut world,
        &format!("/incidents/{id}/log_entries?is_overview=true"),
    );
    assert_eq!(short["log_entries"].as_array().unwrap().len(), 1);
    assert_eq!(
        short["log_entries"][0]["agent"]["type"],
        "service_reference"
    );
    let all = get(&mut world, "/log_entries?since=2026-11-22T14:00:00Z");
    assert_eq!(all["log_entries"].as_array().unwrap().len(), 3);
}

#[test]
fn without_a_range_only_a_month_is_seen() {
    let mut world = release_day();
    let old = world.incidents[0].clone();
    world.incidents[0].created_at = old.created_at - TimeDelta::days(40);
    let find = |world: &mut World, query: &str| {
        get(world, &format!("/incidents?{query}"))["incidents"]
            .as_array()
            .unwrap()
            .iter()
            .any(|incident| incident["id"] == old.id.as_str())
    };
    assert!(!find(&mut world, "limit=100"));
    assert!(find(&mut world, "limit=100&date_range=all"));
    assert!(find(&mut world, "since=2026-10-01T00:00:00Z"));
    assert!(!find(&mut world, "until=2026-10-01T00:00:00Z"));
    let (status, body) = ask(
        &mut world,
        "GET",
        "/incidents?since=2026-01-01&until=2026-11-22",
        &Json::Null,
    );
    assert_eq!((status, &body["error"]["code"]), (400, &json!(2005)));
}

#[test]
fn lists_are_filtered_sorted_and_paged() {
    let mut world = release_day();
    let count = world.incidents.len();
    assert!(count >= 2);
    let high = get(&mut world, "/incidents?urgencies[]=high&date_range=all");
    assert_eq!(high["incidents"].as_array().unwrap().len(), 1);
    let service = high["incidents"][0]["service"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let of_service = get(
        &mut world,
        &format!("/incidents?service_ids[]={service}&date_range=all"),
    );
    assert_eq!(of_service["incidents"].as_array().unwrap().len(), 1);
    let newest = get(
        &mut world,
        "/incidents?sort_by=created_at:desc&date_range=all",
    );
    assert_eq!(newest["incidents"][0]["id"], high["incidents"][0]["id"]);

    let first = get(&mut world, "/services?limit=10&total=true");
    assert_eq!(first["more"], true);
    assert_eq!(first["total"], 17);
    let second = get(&mut world, "/services?limit=10&offset=10");
    assert_eq!(second["more"], false);
    assert_eq!(second["total"], Json::Null);
    assert_eq!(second["services"].as_array().unwrap().len(), 7);
    let (status, body) = ask(&mut world, "GET", "/services?offset=9990", &Json::Null);
    assert_eq!((status, &body["error"]["code"]), (400, &json!(2002)));
    assert_eq!(
        get(&mut world, "/services?limit=5000")["limit"],
        100,
        "a hundred at most"
    );
}

#[test]
fn services_show_their_trouble() {
    let mut world = release_day();
    let id = the_incident(&mut world);
    let service = world.services[world.service("checkout").unwrap()]
        .pagerduty_id
        .clone();
    let path = format!("/services/{service}");
    assert_eq!(get(&mut world, &path)["service"]["status"], "critical");
    set(&mut world, &id, "acknowledged");
    assert_eq!(get(&mut world, &path)["service"]["status"], "warning");
    set(&mut world, &id, "resolved");
    assert_eq!(get(&mut world, &path)["service"]["status"], "active");
}

#[test]
fn maintenance_is_filtered_by_its_time() {
    let mut world = release_day();
    let count = |world: &mut World, filter: &str| {
        get(world, &format!("/maintenance_windows?filter={filter}"))["maintenance_windows"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(count(&mut world, "future"), 1);
    assert_eq!(count(&mut world, "ongoing"), 0);
    assert_eq!(count(&mut world, "open"), 1);
    world.advance(start() + TimeDelta::seconds(15_000));
    assert_eq!(count(&mut world, "ongoing"), 1);
    assert_eq!(count(&mut world, "past"), 0);
}

#[test]
fn somebody_is_on_call_for_every_service() {
    let mut world = release_day();
    let calls = get(&mut world, "/oncalls?limit=100");
    let services = get(&mut world, "/services?limit=100");
    for service in services["services"].as_array().unwrap() {
        let policy = &service["escalation_policy"]["id"];
        let levels: Vec<&Json> = calls["oncalls"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|call| call["escalation_policy"]["id"] == *policy)
            .collect();
        assert_eq!(levels.len(), 2);
        assert!(levels.iter().any(|call| call["end"].is_null()));
    }
    // The second level is who an escalation goes to.
    let checkout = world.service("checkout").unwrap();
    let second = world.people[world.on_call(checkout, 2)]
        .pagerduty_id
        .clone();
    let policy = directory::policy_of(checkout)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let filtered = get(
        &mut world,
        &format!("/oncalls?escalation_policy_ids[]={policy}&user_ids[]={second}"),
    );
    assert_eq!(filtered["oncalls"][0]["escalation_level"], 2);
}

#[test]
fn a_change_needs_the_address_of_a_user() {
    let mut world = release_day();
    let id = the_incident(&mut world);
    let body =
        json!({ "incident": { "type": "incident_reference", "status": "resolved" } }).to_string();
    let path = format!("/incidents/{id}");
    let mut refused = |from: Option<&str>| {
        let (status, answer) = answer(
            &mut world,
            Request {
                method: "PUT",
                path: &path,
                parameters: Vec::new(),
                from,
                body: body.as_bytes(),
            },
        );
        (status, answer["error"]["code"].clone())
    };
    assert_eq!(refused(None), (400, json!(1028)));
    assert_eq!(refused(Some("ana")), (400, json!(1028)));
    assert_eq!(refused(Some("eve@elsewhere.example")), (400, json!(1008)));
    assert_eq!(refused(Some("kofi@larkspur.example")).0, 200);
}

#[test]
fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let mut world = release_day();
    let id = the_incident(&mut world);
    let path = format!("/incidents/{id}");
    for body in [
        json!({}),
        json!({ "incident": { "status": "acknowledged" } }),
        json!({ "incident": { "type": "incident_reference", "status": "snoozed" } }),
        json!({ "incident": { "type": "incident_reference", "status": 3 } }),
    ] {
        let (status, answer) = ask(&mut world, "PUT", &path, &body);
        assert_eq!(
            (status, &answer["error"]["code"]),
            (400, &json!(2001)),
            "{body}"
        );
    }
    assert_eq!(kinds(&mut world, &id).len(), 3);
    for path in [
        "/incidents/QNOSUCH",
        "/incidents/QNOSUCH/notes",
        "/services/PNO",
        "/nothing",
    ] {
        let (status, answer) = ask(&mut world, "GET", path, &Json::Null);
        assert_eq!(
            (status, &answer["error"]["code"]),
            (404, &json!(2100)),
            "{path}"
        );
    }
}

#[test]
fn several_incidents_change_at_once() {
    let mut world = release_day();
    let open = get(&mut world, "/incidents?date_range=all");
    let changes: Vec<Json> = open["incidents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|incident| json!({ "id": incident["id"], "type": "incident_reference", "status": "resolved" }))
        .collect();
    assert!(changes.len() >= 2);
    let (status, body) = ask(
        &mut world,
        "PUT",
        "/incidents",
        &json!({ "incidents": changes }),
    );
    assert_eq!(status, 200);
    assert!(
        body["incidents"]
            .as_array()
            .unwrap()
            .iter()
            .all(|incident| incident["status"] == "resolved")
    );
}
