//! The laws of the grids: what lies in one lane does not overlap, and what
//! touches the shown time is shown or counted.

use chrono::TimeDelta;
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;
use crate::{
    command::Item,
    domain::{Origin, SourceId, Text},
    ui::{calendar::week::Lane, theme::State},
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn entry(key: &str, sort: Sort, start: Timestamp, end: Timestamp) -> Entry {
    Entry {
        item: Some(Item::Window(Origin::new(&SourceId::new("test"), key))),
        sort,
        state: State::Quiet,
        title: Text::new(key),
        start,
        end,
        branch: None,
        troubled: false,
    }
}

fn grid(form: Form, zone: Tz, day: &str, size: (u16, u16), entries: Vec<Entry>) -> Grid {
    let frame = Frame::showing(form, zone, at(day), at(day), size);
    Grid::new(frame, entries, (BusinessHours::default(), zone))
}

fn week(grid: &Grid) -> &Week {
    match &grid.body {
        Body::Week(week) => week,
        other => panic!("{other:?}"),
    }
}

fn month(grid: &Grid) -> &Month {
    match &grid.body {
        Body::Month(month) => month,
        other => panic!("{other:?}"),
    }
}

fn timeline(grid: &Grid) -> &Timeline {
    match &grid.body {
        Body::Timeline(timeline) => timeline,
        other => panic!("{other:?}"),
    }
}

const NOON: &str = "2026-11-19T12:00:00Z";

#[test]
fn a_week_begins_on_monday_and_a_month_has_whole_weeks() {
    let berlin = Tz::Europe__Berlin;
    let frame = Frame::showing(Form::Week, berlin, at(NOON), at(NOON), (80, 18));
    assert_eq!(frame.from.to_string(), "2026-11-16");
    // An hour before midnight in UTC it is Monday in Berlin.
    let late = at("2026-11-15T23:30:00Z");
    let frame = Frame::showing(Form::Week, berlin, late, at(NOON), (80, 18));
    assert_eq!(frame.from.to_string(), "2026-11-16");
    let frame = Frame::showing(Form::Month, berlin, at(NOON), at(NOON), (80, 18));
    assert_eq!(
        (frame.from.to_string().as_str(), frame.days),
        ("2026-10-26", 42)
    );
    let february = at("2027-02-10T12:00:00Z");
    let frame = Frame::showing(Form::Month, berlin, february, at(NOON), (80, 18));
    assert_eq!(
        (frame.from.to_string().as_str(), frame.days),
        ("2027-02-01", 28)
    );
}

#[test]
fn pages_of_the_timeline_hold_together() {
    let zone = Tz::UTC;
    let size = (80, 18);
    let home = Frame::showing(Form::Timeline, zone, at(NOON), at(NOON), size);
    assert_eq!(
        (home.from.to_string().as_str(), home.days),
        ("2026-11-16", 14)
    );
    for (day, from) in [
        ("2026-11-29T23:00:00Z", "2026-11-16"),
        ("2026-11-30T00:00:00Z", "2026-11-30"),
        ("2026-11-15T23:00:00Z", "2026-11-02"),
    ] {
        let frame = Frame::showing(Form::Timeline, zone, at(day), at(NOON), size);
        assert_eq!(frame.from.to_string(), from, "{day}");
    }
}

#[test]
fn rows_are_as_fine_as_there_is_room() {
    assert_eq!(
        [3, 4, 8, 11, 12, 23, 24, 47, 48, 90].map(week::step),
        [360, 360, 180, 180, 120, 120, 60, 60, 30, 30]
    );
}

#[test]
fn freezes_are_the_ground_windows_are_stripes_and_releases_lie_on_them() {
    let (start, end) = (at("2026-11-19T08:00:00Z"), at("2026-11-19T18:00:00Z"));
    let entries = vec![
        entry("freeze", Sort::Freeze, start, end),
        entry("another", Sort::Freeze, start, end),
        entry("window", Sort::Change, start, end),
        entry("one", Sort::Release, start, end),
        entry("two", Sort::Release, start, end),
        entry("holiday", Sort::Note, start, end),
    ];
    let narrow = grid(Form::Week, Tz::UTC, NOON, (80, 14), entries.clone());
    let day = &week(&narrow).days[3];
    let of = |day: &week::Day| -> Vec<(String, Lane)> {
        let mut found: Vec<(String, Lane)> = day
            .blocks
            .iter()
            .map(|block| (narrow.entries[block.entry].title.to_string(), block.lane))
            .collect();
        found.sort();
        found
    };
    let lane = |name: &str, lane| (name.to_owned(), lane);
    assert_eq!(
        of(day),
        [
            lane("another", Lane::Ground),
            lane("freeze", Lane::Stripe(0)),
            lane("one", Lane::Part(0)),
            lane("window", Lane::Stripe(1)),
        ]
    );
    let hidden: Vec<&str> = day
        .hidden
        .iter()
        .map(|at| narrow.entries[*at].title.as_str())
        .collect();
    assert_eq!(hidden, ["two"], "ten columns have room for one release");
    assert_eq!(day.above.len(), 1);
    assert_eq!(day.blocks[0].rows, 4..9, "rows of two hours");
    // No name stands on a release; there is no other row.
    assert!(day.labels.is_empty());

    let wide = grid(Form::Week, Tz::UTC, NOON, (160, 14), entries);
    let day = &week(&wide).days[3];
    assert!(day.hidden.is_empty());
    assert_eq!(day.lanes, 2);
}

#[test]
fn a_span_over_midnight_and_a_change_of_the_clock_lies_on_both_days() {
    // Berlin, the night of 24 to 25 October 2026: the clock goes back at 03:00.
    let night = entry(
        "night",
        Sort::Freeze,
        at("2026-10-24T20:00:00Z"),
        at("2026-10-25T05:00:00Z"),
    );
    let grid = grid(
        Form::Week,
        Tz::Europe__Berlin,
        "2026-10-25T12:00:00Z",
        (80, 26),
        vec![night],
    );
    let rows: Vec<_> = week(&grid)
        .days
        .iter()
        .map(|day| day.blocks.first().map(|block| block.rows.clone()))
        .collect();
    // 22:00 to midnight, then midnight to 06:00 on the wall: seven hours.
    assert_eq!(rows[5..], [Some(22..24), Some(0..6)]);
    assert_eq!(rows[..5], [const { None }; 5]);
}

#[test]
fn a_day_of_a_month_shows_what_ships_first_and_counts_the_rest() {
    let hour = TimeDelta::hours(1);
    let noon = at(NOON);
    let mut entries = vec![
        entry("yesterday", Sort::Change, noon - hour * 30, noon),
        entry("freeze", Sort::Freeze, noon - hour, noon),
        entry("release", Sort::Release, noon, noon + hour),
    ];
    for number in 0..4 {
        entries.push(entry(
            &format!("note {number}"),
            Sort::Note,
            noon,
            noon + hour,
        ));
    }
    let grid = grid(Form::Month, Tz::UTC, NOON, (80, 19), entries);
    let month = month(&grid);
    assert_eq!(month.lines, 3, "six weeks in eighteen lines");
    let day = month
        .days
        .iter()
        .find(|day| day.date.to_string() == "2026-11-19")
        .unwrap();
    let shown: Vec<&str> = day
        .shown
        .iter()
        .map(|at| grid.entries[*at].title.as_str())
        .collect();
    assert_eq!(shown, ["release", "freeze"]);
    assert_eq!(day.hidden.len(), 5);
}

#[test]
fn releases_have_a_line_each_under_what_holds() {
    let noon = at(NOON);
    let (hour, day) = (TimeDelta::hours(1), TimeDelta::days(1));
    let mut train = entry("train", Sort::Release, noon, noon + hour);
    train.branch = Some(noon - day * 10);
    let entries = vec![
        train,
        entry("hotfix", Sort::Release, noon + day, noon + day + hour),
        entry("weekend", Sort::Freeze, noon + day, noon + day * 4),
        entry("friday", Sort::Freeze, noon + day, noon + day * 2),
        entry("third", Sort::Freeze, noon + day, noon + day * 2),
        entry("long ago", Sort::Release, noon - day * 20, noon - day * 19),
    ];
    let grid = grid(Form::Timeline, Tz::UTC, NOON, (80, 18), entries);
    let timeline = timeline(&grid);
    assert_eq!((timeline.label, timeline.day, timeline.bands), (20, 4, 2));
    assert_eq!(
        timeline.lines[1].hidden.len(),
        1,
        "the third freeze is counted"
    );
    let names: Vec<&str> = timeline.lines[2..]
        .iter()
        .map(|line| grid.entries[line.bars[0].entry].title.as_str())
        .collect();
    assert_eq!(names, ["train", "hotfix"]);
    // Thursday at noon: three days and a half of four columns each.
    assert_eq!(timeline.lines[2].bars[0].columns, 14..15);
    assert_eq!(timeline.column(noon - day * 10), 0);
}

const ZONES: [Tz; 4] = [
    Tz::UTC,
    Tz::Europe__Berlin,
    Tz::Australia__Lord_Howe,
    Tz::America__New_York,
];
const SORTS: [Sort; 7] = [
    Sort::Release,
    Sort::Freeze,
    Sort::Maintenance,
    Sort::Change,
    Sort::Milestone,
    Sort::Note,
    Sort::Handover,
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn nothing_overlaps_in_a_lane_and_all_is_shown_or_counted(
        spans in prop::collection::vec((0usize..7, -2_000i64..6_000, 0i64..8_000, any::<bool>()), 0..60),
        form in prop::sample::select(vec![Form::Week, Form::Month, Form::Timeline]),
        zone in prop::sample::select(ZONES.to_vec()),
        // The days around the changes of the clock of 2026.
        day in prop::sample::select(vec![
            "2026-03-08T12:00:00Z", "2026-03-29T12:00:00Z", "2026-04-05T12:00:00Z",
            "2026-10-04T12:00:00Z", "2026-10-25T12:00:00Z", "2026-11-01T12:00:00Z", NOON,
        ]),
        (width, height) in (20u16..250, 3u16..70),
    ) {
        let base = at(day) - TimeDelta::days(2);
        let entries: Vec<Entry> = spans
            .iter()
            .enumerate()
            .map(|(number, (sort, start, long, moment))| {
                let start = base + TimeDelta::minutes(*start);
                let end = if *moment { start } else { start + TimeDelta::minutes(*long) };
                entry(&number.to_string(), SORTS[*sort], start, end)
            })
            .collect();
        let all = entries.clone();
        let grid = grid(form, zone, day, (width, height), entries);
        let (from, until) = grid.frame.range();
        let touching = all.iter().filter(|entry| entry.touches(from, until)).count();
        prop_assert_eq!(grid.entries.len(), touching);
        match &grid.body {
            Body::Week(week) => {
                for day in &week.days {
                    let (start, end) = (day.bounds[0], day.bounds[day.bounds.len() - 1]);
                    for (number, entry) in grid.entries.iter().enumerate() {
                        let times = day.all().filter(|at| *at == number).count();
                        prop_assert_eq!(times, usize::from(entry.holds_in(start, end)));
                    }
                    for (place, one) in day.blocks.iter().enumerate() {
                        prop_assert!(!one.rows.is_empty());
                        prop_assert!(usize::from(one.rows.end) < day.bounds.len());
                        for other in &day.blocks[..place] {
                            let apart = one.rows.end <= other.rows.start
                                || other.rows.end <= one.rows.start;
                            prop_assert!(apart || one.lane != other.lane);
                        }
                    }
                    let mut rows: Vec<u16> = day.labels.iter().map(|(row, _)| *row).collect();
                    rows.sort_unstable();
                    let count = rows.len();
                    rows.dedup();
                    prop_assert_eq!(rows.len(), count, "one name a row");
                }
            }
            Body::Month(month) => {
                for day in &month.days {
                    for (number, entry) in grid.entries.iter().enumerate() {
                        let both = day.shown.iter().chain(&day.hidden);
                        let times = both.filter(|at| **at == number).count();
                        prop_assert_eq!(times, usize::from(entry.holds_in(day.start, day.end)));
                    }
                    prop_assert!(day.shown.len() < usize::from(month.lines));
                }
            }
            Body::Timeline(timeline) => {
                for number in 0..grid.entries.len() {
                    prop_assert!(timeline.line_of(number).is_some());
                }
                for line in &timeline.lines {
                    for (place, one) in line.bars.iter().enumerate() {
                        prop_assert!(!one.columns.is_empty());
                        prop_assert!(one.columns.end <= timeline.width());
                        for other in &line.bars[..place] {
                            prop_assert!(one.columns.end <= other.columns.start
                                || other.columns.end <= one.columns.start);
                        }
                    }
                }
            }
        }
    }
}

mod next {
    use std::sync::Arc;

    use super::*;
    use crate::analysis::windows::{
        Effect, Interval, Schedule, Scope, State, Target, Unread, When, Window,
    };

    fn window(name: &str, services: &[&str], from: &str, to: &str) -> Window {
        Window {
            name: Text::new(name),
            effect: Effect::Deny,
            scope: Arc::new(Scope::of_services(services)),
            reason: Text::default(),
            owner: Text::default(),
            source: Text::new("test"),
            when: When::Once(Interval::new(at(from), at(to)).unwrap()),
        }
    }

    fn target(service: &str) -> Target<'_> {
        Target {
            service,
            ..Target::default()
        }
    }

    fn words(schedule: &Schedule, now: &str) -> (String, String) {
        let groups = [(target("one"), 1), (target("two"), 2)];
        let outlook = Outlook::of_groups(schedule, &groups, at(now));
        (outlook.words(at(now)), outlook.sentence(at(now)))
    }

    #[test]
    fn the_next_transition_is_that_of_all_places() {
        let schedule = Schedule {
            windows: vec![
                window(
                    "EU evening",
                    &["one"],
                    "2026-11-19T18:00:00Z",
                    "2026-11-20T06:00:00Z",
                ),
                window(
                    "night",
                    &["two"],
                    "2026-11-20T05:00:00Z",
                    "2026-11-20T08:00:00Z",
                ),
            ],
            unread: Vec::new(),
        };
        for (now, short, long) in [
            (
                "2026-11-19T15:50:00Z",
                "freeze in 2h10",
                "freeze EU evening in 2h10",
            ),
            // Where one opens the other is frozen already.
            (
                "2026-11-19T20:00:00Z",
                "1 of 3 frozen, open in 12h",
                "EU evening: 1 of 3 frozen, open in 12h",
            ),
            (
                "2026-11-20T05:30:00Z",
                "open in 2h30",
                "EU evening: open in 2h30",
            ),
            ("2026-11-20T08:00:00Z", "no freeze ahead", "no freeze ahead"),
        ] {
            assert_eq!(
                words(&schedule, now),
                (short.to_owned(), long.to_owned()),
                "{now}"
            );
        }
    }

    #[test]
    fn where_a_window_shuts_there_is_no_freeze() {
        let mut open = window(
            "Thursday",
            &[],
            "2026-11-19T10:00:00Z",
            "2026-11-19T17:00:00Z",
        );
        open.effect = Effect::Allow;
        let schedule = Schedule {
            windows: vec![open],
            unread: Vec::new(),
        };
        for (now, short, long) in [
            (NOON, "window ends in 5h00", "window Thursday ends in 5h00"),
            (
                "2026-11-19T09:00:00Z",
                "open in 1h00",
                "Thursday: open in 1h00",
            ),
            (
                "2026-11-19T17:00:00Z",
                "frozen, no end known",
                "Thursday: frozen, no end known",
            ),
        ] {
            assert_eq!(
                words(&schedule, now),
                (short.to_owned(), long.to_owned()),
                "{now}"
            );
        }
    }

    #[test]
    fn a_calendar_that_is_not_known_is_no_open_one() {
        let unread = |known_since| Unread {
            name: Text::new("company"),
            effect: Effect::Deny,
            scope: Arc::new(Scope::default()),
            why: Text::new("timed out"),
            known_since,
        };
        let mut schedule = Schedule {
            windows: Vec::new(),
            unread: vec![unread(None)],
        };
        assert_eq!(
            words(&schedule, NOON),
            (
                "freeze not known".to_owned(),
                "freeze not known: company: timed out".to_owned()
            )
        );
        // A freeze that is known is one all the same, and opens into nothing
        // that is known.
        schedule.windows = vec![window(
            "now",
            &[],
            "2026-11-19T00:00:00Z",
            "2026-11-20T00:00:00Z",
        )];
        let groups = [(target("one"), 1)];
        let outlook = Outlook::of_groups(&schedule, &groups, at(NOON));
        assert_eq!((outlook.now, outlook.at), (State::Frozen, None));
        assert_eq!(outlook.words(at(NOON)), "frozen, no end known");
        // Last known windows in force: the answer stands on them.
        schedule.unread = vec![unread(Some(at(NOON)))];
        let outlook = Outlook::of_groups(&schedule, &groups, at(NOON));
        assert_eq!(outlook.words(at(NOON)), "open in 12h");
    }
}
