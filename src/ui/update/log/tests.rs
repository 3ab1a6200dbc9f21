use super::*;
use crate::{
    analysis::triage::Class,
    domain::{Body, JobLog},
    ui::{
        testing::{Driver, fact, origin},
        update::Event,
    },
};

/// A job's log in so many bytes, told as a fact.
fn told(driver: &mut Driver, lines: &[String]) {
    let at = driver.now;
    let bytes = lines.iter().map(|line| line.len() as u64 + 1).sum();
    driver.log = lines
        .iter()
        .flat_map(|line| [line.as_bytes(), b"\n"].concat())
        .collect();
    let state = LogState::Stored {
        edition: 0,
        bytes,
        complete: false,
    };
    let body = Body::Log(JobLog {
        job: origin("j1"),
        state,
    });
    let facts = vec![fact(body, at)];
    let _ = driver.send(Event::Facts { facts, at });
    driver.later(1_000);
}

fn opened() -> Driver {
    let mut driver = Driver::new(120, 40);
    let _ = driver.keys(&["3"]);
    open_job(&mut driver.app, &origin("j1"), &mut Vec::new());
    driver
}

fn lines_of(count: usize) -> Vec<String> {
    (0..count).map(|line| format!("line {line}")).collect()
}

fn view(driver: &Driver) -> &LogView {
    driver.app.log.as_ref().unwrap()
}

fn height(driver: &Driver) -> u64 {
    room(&driver.app).0 as u64
}

#[test]
fn a_log_that_grows_is_followed_until_it_says_what_broke() {
    let mut driver = opened();
    let mut lines = lines_of(200);
    told(&mut driver, &lines);
    let height = height(&driver);
    assert_eq!(view(&driver).top, 200 - height);
    lines.extend(lines_of(100));
    told(&mut driver, &lines);
    assert_eq!(view(&driver).top, 300 - height);
    assert_eq!(view(&driver).window.last().unwrap().number, 299);
    lines.push("src/main.c:7:2: error: unknown type name 'sizet'".to_owned());
    lines.extend(lines_of(60));
    told(&mut driver, &lines);
    assert_eq!((view(&driver).at, view(&driver).top), (300, 297));
    let cause = view(&driver).cause.as_ref();
    assert_eq!(cause.map(|cause| cause.class), Some(Class::Code));
    // What grows below does not take the person away from it.
    lines.extend(lines_of(60));
    told(&mut driver, &lines);
    assert_eq!(view(&driver).top, 297);
}

#[test]
fn who_reads_further_up_is_left_there() {
    let mut driver = opened();
    let mut lines = lines_of(200);
    told(&mut driver, &lines);
    let _ = driver.keys(&["g"]);
    for _ in 0..5 {
        let _ = driver.keys(&["j"]);
    }
    lines.extend(lines_of(100));
    lines.push("Error: late".to_owned());
    told(&mut driver, &lines);
    assert_eq!((view(&driver).top, view(&driver).at), (0, 5));
    // The end is followed again from there on.
    let _ = driver.keys(&["f"]);
    assert_eq!(view(&driver).at, 300);
    let _ = driver.keys(&["f", "k"]);
    assert!(!view(&driver).follow);
    assert_eq!(view(&driver).at, 299);
    let _ = driver.keys(&["}"]);
    assert_eq!(view(&driver).at, 300);
}

#[test]
fn the_answer_of_another_reader_changes_nothing() {
    let mut driver = opened();
    told(&mut driver, &lines_of(200));
    let before = format!("{:?}", driver.app.log);
    let (at, ticket) = (driver.now, view(&driver).ticket + 1);
    let told = Ok(vec![Told::Hit(Seek::Error, 3, false)]);
    let _ = driver.send(Event::Log { ticket, told, at });
    assert_eq!(format!("{:?}", driver.app.log), before);
}

#[test]
fn only_what_is_near_the_screen_is_held() {
    let mut driver = opened();
    told(&mut driver, &lines_of(50_000));
    let most = height(&driver) as usize * 5 + 1;
    for key in ["g", "G", "ctrl-u", "ctrl-u", "ctrl-f", "k"] {
        let _ = driver.keys(&[key]);
        let (rows, width) = room(&driver.app);
        let seen = view(&driver).visible(rows, width);
        assert!(
            seen.iter().all(|line| view(&driver).line(*line).is_some()),
            "{key}"
        );
        assert!(view(&driver).window.len() <= most, "{key}");
    }
}

#[test]
fn a_search_goes_from_match_to_match_and_says_when_it_goes_round() {
    let mut driver = opened();
    let mut lines = lines_of(300);
    lines[250] = "needle (1)".to_owned();
    lines[40] = "Needle (2)".to_owned();
    told(&mut driver, &lines);
    let _ = driver.keys(&["g", "/"]);
    let _ = driver.text("needle (");
    let _ = driver.keys(&["enter"]);
    // No valid pattern: plain words.
    assert!(view(&driver).needle.as_ref().unwrap().plain);
    assert_eq!(view(&driver).at, 40);
    assert_eq!(view(&driver).state.found, Some((2, true, true)));
    let _ = driver.keys(&["n"]);
    assert_eq!(view(&driver).at, 250);
    let _ = driver.keys(&["n"]);
    assert_eq!(view(&driver).at, 40);
    let said = |driver: &Driver, words: &str| {
        driver
            .app
            .toasts
            .iter()
            .any(|toast| toast.text.contains(words))
    };
    assert!(said(&driver, "once round"));
    let _ = driver.keys(&["N"]);
    assert_eq!(view(&driver).at, 250);
    // Errors are found whatever is searched for, and here is none.
    let _ = driver.keys(&["}"]);
    assert!(said(&driver, "no line of this log reports an error"));
    let _ = driver.keys(&["esc"]);
    assert!(view(&driver).find.is_empty() && view(&driver).state.found.is_none());
}

#[test]
fn groups_fold_and_lines_are_copied() {
    let mut driver = opened();
    let mut lines = lines_of(100);
    lines[10] = "##[group]build".to_owned();
    lines[20] = "##[endgroup]".to_owned();
    told(&mut driver, &lines);
    let _ = driver.keys(&["g"]);
    for _ in 0..15 {
        let _ = driver.keys(&["j"]);
    }
    let _ = driver.keys(&["enter", "j"]);
    assert_eq!(view(&driver).at, 21);
    let _ = driver.keys(&["k", "space", "j"]);
    assert_eq!(view(&driver).at, 11);
    let _ = driver.keys(&["F", "g", "G"]);
    assert_eq!(view(&driver).folded.len(), 1);
    let _ = driver.keys(&["F", "g", "V", "j", "j"]);
    let effects = driver.keys(&["y"]);
    let copied = effects
        .iter()
        .any(|effect| matches!(effect, Effect::Copy(text) if text == "line 0\nline 1\nline 2"));
    assert!(copied, "{effects:?}");
    assert_eq!(view(&driver).anchor, None);
    let effects = driver.keys(&["s"]);
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::SaveLog { .. }))
    );
}

#[test]
fn a_line_that_is_taller_than_the_screen_is_scrolled_by_rows() {
    let mut driver = opened();
    let lines = ["x".repeat(60_000), "end".to_owned()];
    told(&mut driver, &lines);
    let _ = driver.keys(&["g", "W", "j", "j", "j"]);
    assert_eq!((view(&driver).at, view(&driver).skip), (0, 3));
    let _ = driver.keys(&["k"]);
    assert_eq!(view(&driver).skip, 2);
    let _ = driver.keys(&["G"]);
    assert_eq!(view(&driver).at, 1);
}
