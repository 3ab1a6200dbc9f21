//! One test a trap: each log here has fooled a simpler reader.

use proptest::prelude::*;

use super::*;

fn read(log: &str) -> Report {
    triage(shipped_rules(), log.as_bytes())
}

fn says(log: &str, class: Class, line: Option<usize>) {
    let report = read(log);
    assert_eq!(
        (report.class, report.first_error_line),
        (class, line),
        "{:?}: {}",
        report.rule,
        report.summary
    );
}

#[test]
fn the_rules_that_ship_can_be_built() {
    let rules = Rules::build(&shipped()).map_err(|flaw| flaw.to_string());
    assert!(rules.unwrap().count() > 200);
    assert!(shipped_rules().count() > 200);
}

#[test]
fn every_pattern_that_ships_can_be_built() {
    for file in shipped() {
        let table: toml::Table = file.text.parse().unwrap();
        for rule in table["rule"].as_array().unwrap() {
            for list in ["patterns", "unless"] {
                let patterns = rule.get(list).and_then(|list| list.as_array());
                for pattern in patterns.into_iter().flatten() {
                    let pattern = pattern.as_str().unwrap();
                    assert!(
                        regex::Regex::new(pattern).is_ok(),
                        "{}: {pattern}",
                        file.place
                    );
                }
            }
        }
    }
}

#[test]
fn an_error_in_a_passing_test_is_none() {
    says(
        "ERROR:root:payment failed\nerror: connection refused (expected)\n\
         ===== 3 passed in 0.02s =====\n",
        Class::None,
        None,
    );
}

#[test]
fn names_with_error_in_them_and_no_errors_are_none() {
    says(
        "compiling error_handler.rs\nerrors: 0, failures: 0\n0 errors, 2 warnings\n\
         src/a.c:1:2: warning: unused variable 'error'\n",
        Class::None,
        None,
    );
}

#[test]
fn a_network_fault_that_recovered_is_not_the_cause() {
    says(
        "curl: (56) Recv failure: Connection reset by peer\nretrying\nok\n\
         main.c:3:5: error: expected ';' before '}' token\nmake: *** [Makefile:2: all] Error 1\n",
        Class::Code,
        Some(4),
    );
}

#[test]
fn a_clean_up_that_fails_after_the_failure_is_not_the_cause() {
    says(
        "##[group]Run make\nmake\n##[endgroup]\n\
         main.c:3:5: error: expected ';'\n##[error]Process completed with exit code 2.\n\
         ##[group]Run docker stop db\ndocker stop db\n##[endgroup]\n\
         Cannot connect to the Docker daemon at unix:///var/run/docker.sock. \
         Is the docker daemon running?\n\
         ##[error]Process completed with exit code 1.\nPost job cleanup.\n",
        Class::Code,
        Some(4),
    );
}

#[test]
fn the_script_that_is_shown_is_not_its_output() {
    says(
        "##[group]Run test -f x || echo 'error: no x'\n\
         test -f x || echo 'fatal error: x.h: No such file or directory'\n##[endgroup]\n\
         all well\nPost job cleanup.\nCleaning up orphan processes\n",
        Class::None,
        None,
    );
}

#[test]
fn the_command_that_failed_is_the_last_that_did_work() {
    says(
        "$ grep -c ERROR app.log\n/bin/sh: 1: lint: not found\n$ make\n\
         store.c:3:3: error: 'n' undeclared\nmake: *** [Makefile:4: all] Error 1\n\
         ERROR: Job failed: exit code 2\n",
        Class::Code,
        Some(4),
    );
}

#[test]
fn the_lines_of_a_difference_are_no_commands() {
    says(
        " FAIL  test/a.test.js > adds\nAssertionError: expected 4 to be 5\n- Expected\n+ Received\n\n\
         - 4\n+ 5\n\n Test Files  1 failed (1)\n",
        Class::Test,
        Some(1),
    );
}

#[test]
fn an_exit_code_alone_is_unknown() {
    says(
        "$ ./check\nchecking\nERROR: Job failed: exit code 3\n",
        Class::Unknown,
        Some(3),
    );
}

#[test]
fn tools_that_speak_other_languages_are_understood() {
    for (line, class) in [
        (
            "a.c:1:10: schwerwiegender Fehler: zmq.h: Datei oder Verzeichnis nicht gefunden",
            Class::Dependency,
        ),
        (
            "./ci.sh: ligne 3 : kubectl : commande introuvable",
            Class::Configuration,
        ),
        (
            "bash: línea 1: helm: orden no encontrada",
            Class::Configuration,
        ),
        (
            "make: *** Keine Regel, um „paket“ zu erstellen.  Schluss.",
            Class::Configuration,
        ),
        ("KONFLIKT (Inhalt): Merge-Konflikt in app.conf", Class::Code),
        (
            "cp: Fehler beim Schreiben: Auf dem Gerät ist kein Speicherplatz mehr verfügbar",
            Class::Infrastructure,
        ),
        (
            "E: Impossible de trouver le paquet libzmq",
            Class::Dependency,
        ),
    ] {
        says(line, class, Some(1));
    }
}

#[test]
fn each_system_says_how_it_ended() {
    says(
        "##[error]The operation was canceled.\n",
        Class::Cancelled,
        Some(1),
    );
    says(
        "[Pipeline] sh\n+ make\nAborted by deniz\nFinished: ABORTED\n",
        Class::Cancelled,
        Some(3),
    );
    says(
        "ERROR: Job failed: execution took longer than 1h0m0s seconds\n",
        Class::Timeout,
        Some(1),
    );
    says("error: half done\nJob succeeded\n", Class::None, None);
    says("error: half done\nFinished: SUCCESS\n", Class::None, None);
}

#[test]
fn lines_end_at_a_line_feed_only() {
    says(
        "10 %\r50 %\rerror[E0308]: mismatched types\r\nnext",
        Class::Code,
        Some(1),
    );
    says(
        "a\u{2028}b\u{85}c\n\u{1b}[31merror[E0308]\u{1b}[0m: mismatched types",
        Class::Code,
        Some(2),
    );
}

#[test]
fn failed_tests_are_named_once_and_in_order() {
    let report = read(
        "test a::one ... FAILED\ntest a::two ... ok\ntest a::three ... FAILED\n\
         thread 'a::one' panicked at src/lib.rs:3:5:\nthread 'a::three' panicked at src/lib.rs:9:5:\n\
         test result: FAILED. 1 passed; 2 failed\n",
    );
    assert_eq!(report.class, Class::Test);
    assert_eq!(
        report.failed_tests,
        ["a::one", "a::three"].map(crate::domain::Text::new)
    );
}

fn flaw(text: &str) -> String {
    Rules::build(&[RuleFile {
        family: "own".to_owned(),
        place: "own.toml".to_owned(),
        text: text.to_owned(),
    }])
    .unwrap_err()
    .to_string()
}

#[test]
fn a_broken_file_of_rules_is_refused_with_its_line() {
    let rule =
        "[[rule]]\nid = \"a\"\nclass = \"code\"\nsummary = \"x\"\npatterns = [\n  'fatal (',\n]\n";
    assert!(flaw(rule).starts_with("own.toml:6: "), "{}", flaw(rule));
    let rule = "[[rule]]\nid = \"a\"\nclass = \"code\"\nsummary = \"x\"\npatterns = ['\\d+']\n";
    assert!(flaw(rule).contains("no fixed word"), "{}", flaw(rule));
    let rule = "[[rule]]\nid = \"a\"\npatterns = ['fatal']\n";
    assert_eq!(
        flaw(rule),
        "own.toml:2: the rule `a` is a cause and needs a `class`"
    );
    let rule = "[[rule]]\nid = \"a\"\nweigth = 3\npatterns = ['fatal']\n";
    assert!(
        flaw(rule).starts_with("own.toml:3: unknown field"),
        "{}",
        flaw(rule)
    );
}

#[test]
fn a_rule_of_ones_own_takes_the_place_of_one_that_ships() {
    let mut files = shipped();
    files.push(RuleFile {
        family: "own".to_owned(),
        place: "own.toml".to_owned(),
        text: "[[rule]]\nid = \"widget\"\nclass = \"dependency\"\nsummary = \"The widget {what} is gone.\"\n\
               patterns = ['widget (?P<what>\\w+) is gone']\n"
            .to_owned(),
    });
    let rules = Rules::build(&files).unwrap();
    let report = triage(&rules, b"widget x1 is gone\n");
    assert_eq!(report.class, Class::Dependency);
    assert_eq!(report.summary.as_str(), "The widget x1 is gone.");
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(log in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        holds(&log)?;
    }

    #[test]
    fn any_mixture_of_words_that_rules_know_is_read(parts in proptest::collection::vec(
        prop_oneof![
            Just("\n"), Just("##[error]"), Just("##[group]Run "), Just("section_start:1:step_script\r"),
            Just("[Pipeline] { (x)\n"), Just("+ make\n"), Just("$ "), Just("error: "), Just("  1) Suite\n"),
            Just("     name:\n"), Just("\u{1b}["), Just("2026-11-24T10:25:41.1Z "), Just("00O+"),
            Just("Finished: FAILURE\n"), Just("ok"), Just("é"), Just("--- FAIL: TestX\n"),
            Just("connection refused\n"), Just("test result: ok. 1 passed; 0 failed\n"),
        ],
        0..60,
    )) {
        holds(parts.concat().as_bytes())?;
    }
}

fn holds(log: &[u8]) -> Result<(), TestCaseError> {
    let report = triage(shipped_rules(), log);
    let lines = log.split(|byte| *byte == b'\n').count();
    for line in report
        .evidence
        .iter()
        .map(|evidence| evidence.line)
        .chain(report.first_error_line)
    {
        prop_assert!(line >= 1 && line <= lines);
    }
    prop_assert!((0.0..=1.0).contains(&report.confidence));
    prop_assert!(report.class != Class::None || report.first_error_line.is_none());
    Ok(())
}
