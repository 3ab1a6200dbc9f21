use super::*;
use crate::config::{Config, ConfigOrigin, parse, resolve};

fn read(text: &str) -> Result<Config, Error> {
    let origin = ConfigOrigin::File("/etc/tminus/tminus.toml".into());
    parse(text, "tminus.toml").and_then(|file| resolve(file, origin))
}

fn window(lines: &str) -> Result<DeclaredWindow, Error> {
    let text = format!("[[window]]\nname = \"w\"\nkind = \"deny\"\n{lines}\n");
    read(&text).map(|config| config.catalog.declared[0].clone())
}

#[test]
fn windows_alone_are_a_configuration() {
    let config = read(
        "[[window]]\nname = \"a\"\nkind = \"allow\"\ntimezone = \"europe/berlin\"\nstart_cron = \"0 18 * * FRI\"\nend_cron = \"0 8 * * 1\"\n\
         services = [\"pay*\"]\nenvironments = [\"prod*\"]\nteams = [\"t\"]\nchanges = [\"regular\"]\nreason = \"r\"\nowner = \"o\"\n",
    )
    .unwrap();
    let [window] = config.catalog.declared.as_slice() else {
        panic!("one window");
    };
    assert!(!window.deny);
    assert_eq!(
        window.when,
        DeclaredTime::Cron {
            start: Text::new("0 18 * * FRI"),
            end: Text::new("0 8 * * 1"),
            zone: Tz::Europe__Berlin,
        }
    );
    assert_eq!(window.selectors.services, [Text::new("pay*")]);
    assert_eq!((window.reason.as_str(), window.owner.as_str()), ("r", "o"));
}

#[test]
fn a_rule_is_read_from_every_form_of_text_that_the_file_has() {
    for rule in [
        r#""DTSTART;TZID=Europe/Berlin:20260327T180000\nRRULE:FREQ=WEEKLY;BYDAY=FR""#,
        "'''\nDTSTART;TZID=Europe/Berlin:20260327T180000\nRRULE:FREQ=WEEKLY;BYDAY=FR\n'''",
        r"'DTSTART;TZID=Europe/Berlin:20260327T180000\nRRULE:FREQ=WEEKLY;BYDAY=FR'",
        "\"\"\"DTSTART;TZID=\\\"Europe/Berlin\\\":20260327T180000\r\nRRULE:FREQ=WEEKLY;BYDAY=FR\"\"\"",
    ] {
        window(&format!("rrule = {rule}\nduration = \"62h\"")).unwrap();
    }
}

#[test]
fn instants_are_text_or_dates_of_the_file() {
    let at = |text: &str| {
        DateTime::parse_from_rfc3339(text)
            .unwrap()
            .with_timezone(&Utc)
    };
    let wanted = DeclaredTime::Once {
        start: at("2026-12-20T17:00:00Z"),
        end: at("2027-01-04T07:00:00Z"),
    };
    for lines in [
        "from = \"2026-12-20T18:00:00+01:00\"\nto = \"2027-01-04T07:00:00Z\"",
        "from = 2026-12-20T18:00:00+01:00\nto = 2027-01-04T07:00:00Z",
        "from = \"2026-12-20T18:00\"\nto = 2027-01-04T08:00:00\ntimezone = \"Europe/Berlin\"",
    ] {
        assert_eq!(window(lines).unwrap().when, wanted, "{lines}");
    }
    // A local time in a gap: the freeze takes the longer reading.
    let gap = window(
        "from = \"2026-03-29T02:30:00\"\nto = \"2026-10-25T02:30:00\"\ntimezone = \"Europe/Berlin\"",
    );
    assert_eq!(
        gap.unwrap().when,
        DeclaredTime::Once {
            start: at("2026-03-29T00:30:00Z"),
            end: at("2026-10-25T01:30:00Z"),
        }
    );
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_what_is_expected() {
    for (lines, place, says) in [
        ("", ":2:8", "start_cron"),
        ("start_cron = \"0 0 * * *\"", ":4:14", "without `end_cron`"),
        ("duration = \"62h\"", ":4:12", "without `rrule`"),
        ("from = \"2026-12-20T18:00:00Z\"", ":4:8", "without `to`"),
        (
            "start_cron = \"0 25 * * *\"\nend_cron = \"0 0 * * *\"",
            ":4:14",
            "`25` is no hour: 0 to 23",
        ),
        (
            "start_cron = \"0 0 * * *\"\nend_cron = \"0 0 30 2 *\"",
            ":5:12",
            "never comes",
        ),
        (
            "start_cron = \"0 0 * * *\"\nend_cron = \"0 1 * * *\"\nto = \"2026-12-20T18:00:00Z\"",
            ":6:6",
            "do not belong together",
        ),
        (
            "rrule = \"DTSTART:20260101T000000\\nRRULE:FREQ=DAYLY\"\nduration = \"1h\"",
            ":4:9",
            "FREQ=DAYLY",
        ),
        (
            "rrule = \"RRULE:FREQ=DAILY\"\nduration = \"1h\"",
            ":4:9",
            "DTSTART is missing",
        ),
        (
            "rrule = \"DTSTART:20260101T000000\\nRRULE:FREQ=DAILY\"\nduration = \"soon\"",
            ":5:12",
            "such as 62h",
        ),
        (
            "from = \"2026-12-20\"\nto = \"2026-12-21T00:00:00Z\"",
            ":4:8",
            "RFC 3339",
        ),
        (
            "from = \"2026-12-20T18:00:00\"\nto = \"2026-12-21T00:00:00Z\"",
            ":4:8",
            "no instant",
        ),
        (
            "from = \"2026-12-22T18:00:00Z\"\nto = \"2026-12-21T00:00:00Z\"",
            ":5:6",
            "ends before it begins",
        ),
        (
            "timezone = \"Europe/Berlim\"\nstart_cron = \"0 0 * * *\"\nend_cron = \"0 1 * * *\"",
            ":4:12",
            "did you mean `Europe/Berlin`?",
        ),
        (
            "services = [\"a[\"]\nfrom = \"2026-12-20T18:00:00Z\"\nto = \"2026-12-21T00:00:00Z\"",
            ":4:12",
            "`a[` is no glob",
        ),
        (
            "strat_cron = \"0 0 * * *\"\nend_cron = \"0 1 * * *\"",
            ":4:1",
            "did you mean `start_cron`?",
        ),
    ] {
        let error = window(lines).unwrap_err().to_string();
        assert!(
            error.contains(&format!("tminus.toml{place}")),
            "{lines}: {error}"
        );
        assert!(error.contains(says), "{lines}: {error}");
    }
    let error = read("[[window]]\nname = \"w\"\nkind = \"dney\"\n")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains(":3:9") && error.contains("did you mean `deny`?"),
        "{error}"
    );
    let error = read("[[window]]\nkind = \"deny\"\n")
        .unwrap_err()
        .to_string();
    assert!(error.contains("missing field `name`"), "{error}");
}

fn calendar(lines: &str) -> Result<CalendarSpec, Error> {
    let text = format!("[[calendar]]\nkind = \"ical\"\n{lines}\n");
    read(&text).map(|config| config.catalog.calendars[0].clone())
}

#[test]
fn a_calendar_is_a_file_beside_the_configuration_or_an_address() {
    let spec = calendar("path = \"freezes.ics\"\nas = \"freeze\"").unwrap();
    assert_eq!(
        spec.place,
        CalendarPlace::File("/etc/tminus/freezes.ics".into())
    );
    assert_eq!(spec.source.as_str(), "freezes");
    let spec = calendar("path = \"/srv/f.ics\"\nas = \"change-window\"\nname = \"hours\"").unwrap();
    assert_eq!(spec.place, CalendarPlace::File("/srv/f.ics".into()));
    assert_eq!(
        (spec.source.as_str(), spec.events),
        ("hours", CalendarUse::ChangeWindow)
    );
    let spec = calendar("url = \"webcal://calendar.example/private-abc/basic.ics\"\nas = \"info\"")
        .unwrap();
    assert_eq!(
        spec.place,
        CalendarPlace::Url("https://calendar.example/private-abc/basic.ics".to_owned())
    );
    // The rest of the address may be a secret.
    assert_eq!(spec.source.as_str(), "calendar.example");
}

#[test]
fn what_is_wrong_with_a_calendar_is_said_with_its_place() {
    for (lines, place, says) in [
        ("as = \"freeze\"", ":2:8", "where it is"),
        (
            "path = \"a.ics\"\nurl = \"https://a/b\"\nas = \"freeze\"",
            ":4:7",
            "both",
        ),
        (
            "url = \"http://a.example/b\"\nas = \"freeze\"",
            ":3:7",
            "https only",
        ),
        (
            "url = \"https://u:p@a.example/b\"\nas = \"freeze\"",
            ":3:7",
            "a user or a password",
        ),
        (
            "path = \"a.ics\"\nas = \"freze\"",
            ":4:7",
            "did you mean `freeze`?",
        ),
        (
            "path = \"a.ics\"\nas = \"freeze\"\nservises = []",
            ":5:1",
            "did you mean `services`?",
        ),
        (
            "path = \"a.ics\"\nas = \"freeze\"\nteams = [\"{\"]",
            ":5:9",
            "is no glob",
        ),
    ] {
        let error = calendar(lines).unwrap_err().to_string();
        assert!(
            error.contains(&format!("tminus.toml{place}")),
            "{lines}: {error}"
        );
        assert!(error.contains(says), "{lines}: {error}");
        assert!(!error.contains("u:p@"), "{error}");
    }
}

#[test]
fn calendars_have_names_of_their_own() {
    let one = "[[calendar]]\nkind = \"ical\"\npath = \"a.ics\"\nas = \"freeze\"\n";
    let config = read(&format!(
        "{one}{one}[[calendar]]\nkind = \"ical\"\npath = \"x/config.ics\"\nas = \"info\"\n"
    ))
    .unwrap();
    let names: Vec<&str> = config
        .catalog
        .calendars
        .iter()
        .map(|calendar| calendar.source.as_str())
        .collect();
    assert_eq!(names, ["a", "a-2", "config-2"]);
}
