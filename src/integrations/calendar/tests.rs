use std::{fs, path::PathBuf};

use super::*;
use crate::{
    analysis::windows::State,
    domain::{CalendarPlace, CalendarUse, Selectors},
};

const FREEZE: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nSUMMARY:Year end\r\nDTSTART:20261220T180000Z\r\nDTEND:20270104T080000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn spec(path: PathBuf, events: CalendarUse) -> CalendarSpec {
    CalendarSpec {
        source: SourceId::new("freezes"),
        place: CalendarPlace::File(path),
        events,
        selectors: Selectors::default(),
        owner: Text::default(),
    }
}

fn now() -> Timestamp {
    "2026-12-24T00:00:00Z".parse().unwrap()
}

fn state(loader: &Loader, loaded: &Loaded) -> State {
    let (windows, unread) = loader.windows(loaded);
    let schedule = crate::analysis::windows::Schedule {
        windows,
        unread: unread.into_iter().collect(),
    };
    let target = crate::analysis::windows::Target {
        service: "checkout",
        environment: Some("production"),
        ..crate::analysis::windows::Target::default()
    };
    schedule.answer(&target, now()).state
}

#[tokio::test]
async fn what_was_last_known_stays_in_force() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("freezes.ics");
    let data = place.path().join("data");
    let loader = Loader::new(spec(file.clone(), CalendarUse::Freeze), Some(&data));
    // Nothing was ever read: it is not known.
    let loaded = loader.load(now()).await;
    assert_eq!(state(&loader, &loaded), State::Unknown);
    assert!(
        loaded
            .fault
            .unwrap()
            .detail
            .as_str()
            .contains("freezes.ics")
    );
    fs::write(&file, FREEZE).unwrap();
    let loaded = loader.load(now()).await;
    assert_eq!((loaded.fault.clone(), loaded.read), (None, Some(now())));
    assert_eq!(state(&loader, &loaded), State::Frozen);
    // Gone, cut off, or something else: the copy holds, for another process too.
    let cut = &FREEZE[..FREEZE.len() - 20];
    for broken in [
        None,
        Some(cut),
        Some("<html>please log in</html>"),
        Some(""),
    ] {
        match broken {
            Some(text) => fs::write(&file, text).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        let loader = Loader::new(spec(file.clone(), CalendarUse::Freeze), Some(&data));
        let loaded = loader.load(now()).await;
        assert!(
            loaded.fault.is_some() && loaded.read.is_some(),
            "{broken:?}"
        );
        assert_eq!(state(&loader, &loaded), State::Frozen, "{broken:?}");
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_may_be_a_freeze() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("freezes.ics");
    let data = place.path().join("data");
    let broken = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:b\nDTSTART:soon\nEND:VEVENT\nEND:VCALENDAR\n";
    fs::write(&file, broken).unwrap();
    let freeze = Loader::new(spec(file.clone(), CalendarUse::Freeze), Some(&data));
    let loaded = freeze.load(now()).await;
    assert!(
        loaded
            .fault
            .as_ref()
            .unwrap()
            .detail
            .as_str()
            .contains("line 4")
    );
    assert_eq!(state(&freeze, &loaded), State::Unknown);
    // What stops nothing may lack something.
    let info = Loader::new(spec(file.clone(), CalendarUse::Info), Some(&data));
    let loaded = info.load(now()).await;
    assert_eq!(loaded.fault, None);
    assert_eq!(state(&info, &loaded), State::Open);
    // Beside what was known before, what can be read now is in force too.
    fs::write(&file, "BEGIN:VCALENDAR\nEND:VCALENDAR\n").unwrap();
    assert_eq!(state(&freeze, &freeze.load(now()).await), State::Open);
    let some = FREEZE.replace("END:VCALENDAR", &broken.replace("BEGIN:VCALENDAR\n", ""));
    fs::write(&file, some).unwrap();
    assert_eq!(state(&freeze, &freeze.load(now()).await), State::Frozen);
}

#[test]
fn an_address_is_never_shown_whole() {
    assert_eq!(
        host_of("https://cal.example/private-x/basic.ics?key=1").unwrap(),
        "cal.example"
    );
    for (address, says) in [
        ("http://cal.example/a", "scheme `http`"),
        ("ftp://cal.example/a", "scheme `ftp`"),
        ("not a url", "is not a URL"),
        ("https://me:secret@cal.example/a", "a user or a password"),
    ] {
        let error = host_of(address).unwrap_err().to_string();
        assert!(error.contains(says), "{address}: {error}");
        assert!(!error.contains("secret"), "{error}");
    }
    assert!(host_of("http://127.0.0.1:8080/a.ics").is_ok());
}

#[test]
fn spans_carry_the_words_and_the_kind() {
    let calendar = crate::analysis::windows::ical::read(FREEZE.as_bytes()).unwrap();
    let spec = spec("freezes.ics".into(), CalendarUse::Freeze);
    let found = spans(&spec, &calendar, now());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].title.as_str(), "Year end");
    assert_eq!(found[0].kind, crate::domain::WindowKind::Freeze);
    assert_eq!(found[0].id.source, spec.source);
}
