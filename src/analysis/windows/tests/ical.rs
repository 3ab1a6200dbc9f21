use super::*;
use crate::analysis::windows::ical::{Calendar, Entry, read, write};

fn producer(name: &str) -> Calendar {
    let path = format!(
        "{}/tests/fixtures/calendar/producers/{name}.ics",
        env!("CARGO_MANIFEST_DIR")
    );
    let calendar = read(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(calendar.problems, [], "{name}");
    calendar
}

fn of(events: &str) -> Calendar {
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\n{events}\nEND:VCALENDAR\n");
    read(text.as_bytes()).unwrap()
}

fn event(lines: &str) -> Calendar {
    of(&format!(
        "BEGIN:VEVENT\nUID:e\nSUMMARY:e\n{lines}\nEND:VEVENT"
    ))
}

/// `title start end` of each span of a year, in order.
fn said(calendar: &Calendar, reading: Reading, year: i32) -> Vec<String> {
    let begin = |year: i32| at(&format!("{year}-01-01T00:00:00Z"));
    let mut spans: Vec<(Interval, &str)> = calendar
        .intervals(reading, begin(year), begin(year + 1))
        .map(|(event, span)| (span, event.summary.as_str()))
        .collect();
    spans.sort_unstable();
    let say = |at: Timestamp| at.format("%m-%dT%H:%MZ").to_string();
    spans
        .into_iter()
        .map(|(span, title)| format!("{} {} {title}", say(span.start), say(span.end)))
        .collect()
}

fn freeze(calendar: &Calendar) -> Vec<String> {
    said(calendar, Reading::Longest, 2026)
}

#[test]
fn google_exports_are_read() {
    let found = freeze(&producer("google"));
    assert_eq!(
        found[..5],
        [
            "03-06T17:00Z 03-09T07:00Z Weekend",
            "03-14T11:00Z 03-16T07:00Z Weekend (moved to Saturday)",
            // The 20th was taken out; the length is elapsed time, so that the
            // change of the clock moves the end.
            "03-27T17:00Z 03-30T07:00Z Weekend",
            "04-03T16:00Z 04-06T06:00Z Weekend",
            "04-10T16:00Z 04-13T06:00Z Weekend",
        ]
    );
    // Days are Berlin's, from X-WR-TIMEZONE.
    assert!(found.contains(&"12-23T23:00Z 12-26T23:00Z Christmas".to_owned()));
    assert!(!found.iter().any(|line| line.contains("Database move")));
    let calendar = producer("google");
    let christmas = calendar
        .events
        .iter()
        .find(|event| event.summary.as_str() == "Christmas")
        .unwrap();
    assert!(
        christmas
            .description
            .as_str()
            .contains("freeze\">the wiki</a>, please.")
    );
}

#[test]
fn apple_exports_are_read() {
    let calendar = producer("apple");
    let found = freeze(&calendar);
    assert_eq!(
        found.last().unwrap(),
        "11-26T05:00Z 11-28T05:00Z Thanksgiving 🦃 und das lange Wochenende – nichts geht hinaus, bis alle wieder da sind"
    );
    // UNTIL is the instant of the last one, which is still in.
    assert_eq!(found[0], "03-02T06:00Z 03-02T08:00Z Nightly backup");
    assert_eq!(
        found.iter().filter(|line| line.contains("backup")).count(),
        9
    );
    assert!(found.contains(&"03-10T05:00Z 03-10T07:00Z Nightly backup".to_owned()));
}

#[test]
fn exchange_exports_are_read_with_their_own_zones() {
    let calendar = producer("exchange");
    assert_eq!(
        freeze(&calendar),
        [
            "03-27T17:00Z 03-30T06:00Z Wochenende",
            // COUNT counts the one that was taken out, by its instant in UTC.
            "04-10T16:00Z 04-13T05:00Z Wochenende",
            "04-17T16:00Z 04-20T05:00Z Wochenende",
        ]
    );
    assert_eq!(calendar.events[0].organizer.as_str(), "Ortiz, Ana");
}

#[test]
fn thunderbird_exports_are_read() {
    assert_eq!(
        freeze(&producer("thunderbird")),
        [
            "10-02T15:45Z 10-02T16:15Z Island night",
            // The gap is half an hour.
            "10-03T15:15Z 10-03T16:15Z Island night",
            "10-04T15:15Z 10-04T15:45Z Island night",
        ]
    );
}

#[test]
fn nextcloud_exports_are_read_and_a_day_is_no_24_hours() {
    assert_eq!(
        freeze(&producer("nextcloud")),
        [
            "10-24T20:00Z 10-25T20:00Z Umzug in Stunden",
            "10-24T20:00Z 10-25T21:00Z Umzug",
        ]
    );
}

#[test]
fn fastmail_exports_are_read_and_a_change_of_all_that_follow_holds() {
    assert_eq!(
        freeze(&producer("fastmail"))[..4],
        [
            "01-05T10:00Z 01-05T12:00Z Release hour",
            "01-12T10:00Z 01-12T12:00Z Release hour",
            "01-19T14:00Z 01-19T15:00Z Release hour, later",
            "01-26T14:00Z 01-26T15:00Z Release hour, later",
        ]
    );
}

#[test]
fn khal_exports_in_small_letters_and_with_bare_line_feeds_are_read() {
    assert_eq!(
        freeze(&producer("khal")),
        [
            "03-31T00:00Z 04-01T00:00Z Quarter end",
            "06-30T00:00Z 07-01T00:00Z Quarter end",
            "09-30T00:00Z 10-01T00:00Z Quarter end",
            "12-31T00:00Z 01-01T00:00Z Quarter end",
        ]
    );
}

#[test]
fn days_are_of_the_calendars_zone_and_cover_all_of_each_day() {
    let days = |zone: &str, lines: &str| {
        of(&format!(
            "{zone}BEGIN:VEVENT\nUID:e\nSUMMARY:e\n{lines}\nEND:VEVENT"
        ))
    };
    let berlin = "X-WR-TIMEZONE:Europe/Berlin\n";
    let short = "DTSTART;VALUE=DATE:20260329";
    assert_eq!(
        freeze(&days(berlin, short)),
        ["03-28T23:00Z 03-29T22:00Z e"]
    );
    assert_eq!(freeze(&days("", short)), ["03-29T00:00Z 03-30T00:00Z e"]);
    let weekly =
        "DTSTART;VALUE=DATE:20261018\nDTEND;VALUE=DATE:20261019\nRRULE:FREQ=WEEKLY;COUNT=2";
    assert_eq!(
        freeze(&days(berlin, weekly)),
        ["10-17T22:00Z 10-18T22:00Z e", "10-24T22:00Z 10-25T23:00Z e"]
    );
    // Midnight itself in a gap: Cairo, 24 April 2026.
    let cairo = "X-WR-TIMEZONE:Africa/Cairo\n";
    assert_eq!(
        freeze(&days(cairo, "DTSTART;VALUE=DATE:20260424")),
        ["04-23T21:00Z 04-24T21:00Z e"]
    );
    assert_eq!(
        said(
            &days(cairo, "DTSTART;VALUE=DATE:20260424"),
            Reading::Shortest,
            2026
        ),
        ["04-23T22:00Z 04-24T21:00Z e"]
    );
    // Written without VALUE=DATE, as some do.
    assert_eq!(
        freeze(&days("", "DTSTART:20260329")),
        ["03-29T00:00Z 03-30T00:00Z e"]
    );
}

#[test]
fn lengths_are_elapsed_time_or_days_on_the_calendar() {
    let with = |length: &str| {
        freeze(&event(&format!(
            "DTSTART;TZID=Europe/Berlin:20260328T120000\n{length}"
        )))
    };
    assert_eq!(with("DURATION:PT24H"), ["03-28T11:00Z 03-29T11:00Z e"]);
    assert_eq!(with("DURATION:P1D"), ["03-28T11:00Z 03-29T10:00Z e"]);
    assert_eq!(with("DURATION:P1W"), ["03-28T11:00Z 04-04T10:00Z e"]);
    assert_eq!(with("DURATION:P1DT12H"), ["03-28T11:00Z 03-29T22:00Z e"]);
    assert_eq!(
        with("DTEND;TZID=Europe/Berlin:20260329T120000"),
        ["03-28T11:00Z 03-29T10:00Z e"]
    );
    assert_eq!(
        with("DTEND:20260329T120000Z"),
        ["03-28T11:00Z 03-29T12:00Z e"]
    );
    // An end before the start, and none at all, are no time.
    assert_eq!(
        with("DTEND;TZID=Europe/Berlin:20260328T110000"),
        Vec::<String>::new()
    );
    assert_eq!(with(""), Vec::<String>::new());
    // A day that ends in a gap: P1D from 27 March, 02:30, one day before.
    let gap = event("DTSTART;TZID=Europe/Berlin:20260328T023000\nDURATION:P1D");
    assert_eq!(freeze(&gap), ["03-28T01:30Z 03-29T01:30Z e"]);
    assert_eq!(
        said(&gap, Reading::Shortest, 2026),
        ["03-28T01:30Z 03-29T00:30Z e"]
    );
}

#[test]
fn a_recurring_end_keeps_the_elapsed_length_of_the_first() {
    // 14 hours over the change of the clock stay 13 hours.
    let calendar = event(
        "DTSTART;TZID=Europe/Berlin:20260328T180000\nDTEND;TZID=Europe/Berlin:20260329T080000\nRRULE:FREQ=DAILY;COUNT=2",
    );
    assert_eq!(
        freeze(&calendar),
        ["03-28T17:00Z 03-29T06:00Z e", "03-29T16:00Z 03-30T05:00Z e"]
    );
}

#[test]
fn zones_are_named_in_quotes_and_in_any_case() {
    for zone in [
        "TZID=Europe/Berlin",
        "TZID=\"Europe/Berlin\"",
        "tzid=europe/berlin",
        "X-A=\"a;b:c\";TZID=Europe/Berlin",
    ] {
        let found = freeze(&event(&format!(
            "DTSTART;{zone}:20260701T100000\nDURATION:PT1H"
        )));
        assert_eq!(found, ["07-01T08:00Z 07-01T09:00Z e"], "{zone}");
    }
}

#[test]
fn a_zone_that_nobody_defines_is_anywhere_on_earth() {
    let calendar = event("DTSTART;TZID=Middle Earth:20260701T100000\nDURATION:PT1H");
    assert_eq!(freeze(&calendar), ["06-30T20:00Z 07-01T23:00Z e"]);
    assert_eq!(
        said(&calendar, Reading::Shortest, 2026),
        Vec::<String>::new()
    );
    assert_eq!(calendar.problems.len(), 1);
    assert!(!calendar.hides());
    assert!(calendar.problems[0].what.as_str().contains("Middle Earth"));
}

#[test]
fn what_is_taken_out_is_matched_by_instant() {
    let with = |line: &str| {
        freeze(&event(&format!(
            "DTSTART;TZID=Europe/Berlin:20260327T180000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3\n{line}"
        )))
    };
    let all = [
        "03-27T17:00Z 03-27T18:00Z e",
        "04-03T16:00Z 04-03T17:00Z e",
        "04-10T16:00Z 04-10T17:00Z e",
    ];
    let without = [all[0], all[2]];
    assert_eq!(with("X-NONE:1"), all);
    for line in [
        "EXDATE:20260403T160000Z",
        "EXDATE;TZID=Europe/Berlin:20260403T180000",
        "EXDATE;TZID=America/New_York:20260403T120000",
        "EXDATE:20250101T000000Z,20260403T160000Z",
        "exdate;tzid=\"Europe/Berlin\":20260403T180000",
    ] {
        assert_eq!(with(line), without, "{line}");
    }
    assert_eq!(with("EXDATE:20260403T180000Z"), all);
    let days =
        event("DTSTART;VALUE=DATE:20260327\nRRULE:FREQ=WEEKLY;COUNT=2\nEXDATE;VALUE=DATE:20260403");
    assert_eq!(freeze(&days), ["03-27T00:00Z 03-28T00:00Z e"]);
    let days =
        event("DTSTART;VALUE=DATE:20260327\nRRULE:FREQ=WEEKLY;COUNT=2\nEXDATE:20260403T000000Z");
    assert_eq!(freeze(&days), ["03-27T00:00Z 03-28T00:00Z e"]);
}

#[test]
fn an_end_in_utc_is_inclusive_by_instant() {
    let until = |until: &str| {
        freeze(&event(&format!(
            "DTSTART;TZID=America/New_York:20260306T200000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL={until}"
        )))
        .len()
    };
    // The third begins at 20:00 in New York, summer time: midnight in UTC.
    assert_eq!(until("20260309T000000Z"), 3);
    assert_eq!(until("20260308T235959Z"), 2);
    assert_eq!(until("20260308T200000"), 3);
    assert_eq!(until("20260308"), 3);
}

#[test]
fn more_dates_and_periods_are_added() {
    let calendar = event(
        "DTSTART:20260701T100000Z\nDURATION:PT1H\nRDATE:20260703T100000Z\nRDATE;VALUE=PERIOD:20260705T100000Z/20260705T110000Z,20260706T100000Z/PT30M",
    );
    assert_eq!(
        freeze(&calendar),
        [
            "07-01T10:00Z 07-01T11:00Z e",
            "07-03T10:00Z 07-03T11:00Z e",
            "07-05T10:00Z 07-05T11:00Z e",
            "07-06T10:00Z 07-06T10:30Z e"
        ]
    );
}

#[test]
fn what_was_cancelled_does_not_freeze() {
    let master = "BEGIN:VEVENT\nUID:a\nSUMMARY:a\nDTSTART:20260701T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\nEND:VEVENT";
    let one = "BEGIN:VEVENT\nUID:a\nSUMMARY:a\nRECURRENCE-ID:20260702T100000Z\nDTSTART:20260702T100000Z\nDURATION:PT1H\nSTATUS:cancelled\nEND:VEVENT";
    assert_eq!(
        freeze(&of(&format!("{master}\n{one}"))),
        ["07-01T10:00Z 07-01T11:00Z a"]
    );
    let whole = master.replace("SUMMARY:a", "SUMMARY:a\nStatus:Cancelled");
    assert_eq!(freeze(&of(&whole)), Vec::<String>::new());
    // A newer version that is cancelled takes the older one away.
    let newer = whole.replace("UID:a", "UID:a\nSEQUENCE:1");
    assert_eq!(
        freeze(&of(&format!("{master}\n{newer}"))),
        Vec::<String>::new()
    );
    let tentative = master.replace("SUMMARY:a", "SUMMARY:a\nSTATUS:TENTATIVE");
    assert_eq!(freeze(&of(&tentative)).len(), 2);
}

#[test]
fn a_change_of_what_is_not_here_is_an_event() {
    let one = "BEGIN:VEVENT\nUID:a\nSUMMARY:a\nRECURRENCE-ID:20260702T100000Z\nDTSTART:20260703T100000Z\nDURATION:PT1H\nEND:VEVENT";
    assert_eq!(freeze(&of(one)), ["07-03T10:00Z 07-03T11:00Z a"]);
    let future = one.replace("RECURRENCE-ID", "RECURRENCE-ID;RANGE=THISANDFUTURE");
    assert_eq!(freeze(&of(&future)), ["07-03T10:00Z 07-03T11:00Z a"]);
}

#[test]
fn tasks_and_alarms_are_no_events() {
    let calendar = of(
        "BEGIN:VTODO\nUID:t\nDTSTART:20260701T100000Z\nDUE:20260702T100000Z\nEND:VTODO\n\
         BEGIN:VJOURNAL\nUID:j\nDTSTART:20260701T100000Z\nEND:VJOURNAL\n\
         BEGIN:VEVENT\nUID:e\nSUMMARY:e\nDTSTART:20260701T100000Z\n\
         BEGIN:VALARM\nTRIGGER:-PT1H\nDURATION:P7D\nSUMMARY:alarm\nEND:VALARM\n\
         DURATION:PT1H\nEND:VEVENT",
    );
    assert_eq!(freeze(&calendar), ["07-01T10:00Z 07-01T11:00Z e"]);
}

#[test]
fn folds_may_stand_in_the_middle_of_a_letter() {
    let mut bytes = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:e\r\nSUMMARY:Gr".to_vec();
    let letter = "ü".as_bytes();
    bytes.push(letter[0]);
    bytes.extend(b"\r\n ");
    bytes.push(letter[1]);
    bytes.extend("n\n\tdonnerstag\r\nDTSTART:2026\r\n 0402T100000Z\r\nDTEND:20260402T110000Z\r\nEND:VEVENT\r\nEND:VCALENDAR".as_bytes());
    let calendar = read(&bytes).unwrap();
    assert_eq!(
        freeze(&calendar),
        ["04-02T10:00Z 04-02T11:00Z Gründonnerstag"]
    );
}

#[test]
fn a_file_that_is_none_or_was_cut_off_says_nothing() {
    for (text, says) in [
        ("", "no iCalendar file"),
        ("<html>log in</html>", "line 1"),
        (
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20260701T100000Z\n",
            "cut off: VEVENT of line 2",
        ),
        (
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n",
            "VEVENT of line 2 has to end",
        ),
        (
            "BEGIN:VCARD\nFN:x\nEND:VCARD\n",
            "BEGIN:VCALENDAR is expected",
        ),
        ("END:VCALENDAR\n", "ends nothing"),
        ("UID:a\n", "BEGIN:VCALENDAR is expected"),
    ] {
        let why = read(text.as_bytes()).unwrap_err();
        assert!(why.as_str().contains(says), "{text:?}: {why}");
    }
    assert!(read("BEGIN:VCALENDAR\nEND:VCALENDAR".as_bytes()).is_ok());
}

#[test]
fn an_event_that_cannot_be_read_is_said_and_costs_no_other() {
    for (lines, says) in [
        ("DTSTART:tomorrow", "DTSTART: `tomorrow` is no time"),
        ("SUMMARY:x", "no DTSTART"),
        ("DTSTART:20260701T100000Z\nRRULE:FREQ=NEVER", "FREQ=NEVER"),
        (
            "DTSTART:20260701T100000Z\nDURATION:one hour",
            "is no DURATION",
        ),
        ("DTSTART:20260701T100000Z\nEXDATE:x", "EXDATE"),
    ] {
        let calendar = of(&format!(
            "BEGIN:VEVENT\nUID:bad\n{lines}\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:good\nSUMMARY:good\nDTSTART:20260702T100000Z\nDURATION:PT1H\nEND:VEVENT"
        ));
        assert_eq!(
            freeze(&calendar),
            ["07-02T10:00Z 07-02T11:00Z good"],
            "{lines}"
        );
        assert!(calendar.hides(), "{lines}");
        assert!(
            calendar.problems[0].what.as_str().contains(says),
            "{:?}",
            calendar.problems
        );
    }
}

#[test]
fn a_start_that_no_rule_repeats_freezes_and_allows_nothing() {
    let calendar =
        event("DTSTART:20260701T100000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=1");
    assert_eq!(
        freeze(&calendar),
        ["07-01T10:00Z 07-01T11:00Z e", "07-03T10:00Z 07-03T11:00Z e"]
    );
    assert_eq!(
        said(&calendar, Reading::Shortest, 2026),
        ["07-03T10:00Z 07-03T11:00Z e"]
    );
}

#[test]
fn what_is_written_is_read_back_the_same() {
    for name in [
        "google",
        "apple",
        "exchange",
        "thunderbird",
        "nextcloud",
        "fastmail",
        "khal",
    ] {
        let before = producer(name);
        let entries: Vec<Entry<'_>> = before
            .events
            .iter()
            .map(|event| Entry::Event(event, "freeze"))
            .collect();
        let text = write("freezes", &entries, at("2026-11-25T00:00:00Z"));
        assert!(text.lines().all(|line| line.len() <= 75), "{name}");
        assert!(
            text.split("\r\n").all(|line| !line.contains('\n')),
            "{name}"
        );
        let after = read(text.as_bytes()).unwrap();
        assert_eq!(after.problems, [], "{name}\n{text}");
        for year in 2025..2031 {
            for reading in [Reading::Longest, Reading::Shortest] {
                assert_eq!(
                    said(&after, reading, year),
                    said(&before, reading, year),
                    "{name} {year}\n{text}"
                );
            }
        }
        let words = |calendar: &Calendar| -> std::collections::BTreeSet<[Text; 3]> {
            calendar
                .events
                .iter()
                .map(|event| {
                    [&event.summary, &event.description, &event.organizer].map(Clone::clone)
                })
                .collect()
        };
        assert_eq!(words(&after), words(&before), "{name}");
    }
}

#[test]
fn spans_are_written_with_their_words() {
    let span = span("2026-12-20T17:00:00Z", "2027-01-04T07:00:00Z");
    let (summary, description) = (
        Text::new("Year end; all, of it\\"),
        Text::new("two\nlines ü"),
    );
    let entry = Entry::Span {
        uid: "year-end@tminus".to_owned(),
        summary: &summary,
        description: &description,
        sort: "freeze",
        span,
    };
    let text = write(
        "tminus",
        &[entry.clone(), entry],
        at("2026-11-25T00:00:00Z"),
    );
    let calendar = read(text.as_bytes()).unwrap();
    assert_eq!(calendar.events.len(), 2);
    assert_ne!(calendar.events[0].uid, calendar.events[1].uid);
    assert_eq!(calendar.events[0].summary, summary);
    let spans: Vec<Interval> = calendar
        .intervals(Reading::Longest, span.start, span.end)
        .map(|(_, span)| span)
        .collect();
    assert_eq!(spans, [span, span]);
}
