//! What is read of reports: what real tools wrote, what tools are known to
//! write, and what is hostile.

use std::{collections::BTreeMap, fs, path::Path};

use proptest::prelude::*;

use super::*;

fn reading(text: &str) -> Reading {
    read(text.as_bytes()).unwrap_or_else(|| panic!("no report: {text}"))
}

fn found(reading: &Reading) -> Vec<(&str, &str, TestResult)> {
    reading
        .cases
        .iter()
        .map(|case| (case.suite.as_str(), case.name.as_str(), case.result))
        .collect()
}

use TestResult::{Failed, Flaky, Passed, Skipped};

/// `tests/corpus/junit` holds reports of real tools; `expected.tsv` says what
/// is in each.
#[test]
fn the_reports_of_real_tools_are_read() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/junit");
    let expected = fs::read_to_string(corpus.join("expected.tsv")).unwrap();
    let mut wanted: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for line in expected.lines().filter(|line| !line.starts_with('#')) {
        let parts: Vec<&str> = line.split('\t').collect();
        let [file, result, label] = parts[..] else {
            panic!("{line}");
        };
        let of = wanted.entry(file.to_owned()).or_default();
        of.push((result.to_owned(), label.to_owned()));
    }
    let mut files = 0;
    for entry in fs::read_dir(&corpus).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "xml") {
            continue;
        }
        files += 1;
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = fs::read(&path).unwrap();
        let all = results([(name.as_str(), bytes.as_slice())]);
        assert!(all.flaws.is_empty(), "{name}: {:?}", all.flaws);
        let mut seen: Vec<(String, String)> = all
            .cases
            .iter()
            .map(|case| {
                (
                    format!("{:?}", case.result).to_lowercase(),
                    case.label().to_string(),
                )
            })
            .collect();
        for case in all.troubled() {
            assert!(
                name == "ctest.xml" || !case.message.is_empty(),
                "{name}: {case:?}"
            );
        }
        seen.sort();
        let mut wanted = wanted.remove(&name).unwrap_or_default();
        wanted.sort();
        assert_eq!(seen, wanted, "{name}");
    }
    assert!(wanted.is_empty(), "no file for {wanted:?}");
    assert!(files >= 12, "{files} reports");
}

#[test]
fn suites_may_be_nested_or_missing_and_counts_may_be_missing_or_wrong() {
    let nested = reading(
        r#"<testsuites tests="99"><testsuite name="outer" tests="x">
             <testsuite name="inner"><testcase name="a"/><testcase classname="C" name="b"/></testsuite>
             <testcase name="c" time="1,234.5"/>
           </testsuite></testsuites>"#,
    );
    assert_eq!(
        found(&nested),
        [
            ("inner", "a", Passed),
            ("C", "b", Passed),
            ("outer", "c", Passed)
        ]
    );
    assert_eq!(nested.cases[2].millis, Some(1_234_500));
    assert_eq!(nested.unnamed, [0; 3]);
    let lone = reading(r#"<testcase name="x"><error type="E">at line 3</error></testcase>"#);
    assert_eq!(found(&lone), [("", "x", Failed)]);
    assert_eq!(lone.cases[0].message.as_str(), "at line 3");
    let counts = reading(
        r#"<testsuites><testsuite tests="10" failures="1" errors="1" skipped="3"/></testsuites>"#,
    );
    assert_eq!((counts.cases.len(), counts.unnamed), (0, [5, 2, 3]));
    let sums = format!(
        r#"<testsuite tests="1" failures="{}" skipped="1"/>"#,
        u32::MAX
    );
    assert_eq!(reading(&sums).unnamed, [0, u32::MAX, 1]);
    let none = reading("<testsuites/>");
    assert_eq!((none.cases.len(), none.unnamed), (0, [0; 3]));
}

#[test]
fn every_way_to_say_that_a_test_did_not_pass() {
    let told = reading(
        r#"<testsuite name="s">
            <testcase name="failure"><failure message="m">text</failure></testcase>
            <testcase name="bare"><failure/></testcase>
            <testcase name="text"><failure type="T"><![CDATA[
                first <line>
                second]]></failure></testcase>
            <testcase name="typed"><error type="java.lang.Boom"/></testcase>
            <testcase name="skip"><skipped message="later"/></testcase>
            <testcase name="notrun" status="notrun"/>
            <testcase name="suppressed" result="suppressed"/>
            <testcase name="rerun"><failure message="one"/><rerunFailure message="two"/></testcase>
            <testcase name="flaky"><flakyFailure message="late"><stackTrace>x</stackTrace></flakyFailure></testcase>
            <testcase name="both"><skipped/><failure message="after all"/></testcase>
            <testcase name="noise"><properties><property name="failure"/></properties>
              <system-out><![CDATA[<failure/>]]></system-out><system-err>error</system-err></testcase>
           </testsuite>"#,
    );
    let names: Vec<(&str, TestResult, &str)> = told
        .cases
        .iter()
        .map(|case| (case.name.as_str(), case.result, case.message.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            ("failure", Failed, "m"),
            ("bare", Failed, ""),
            ("text", Failed, "first <line>"),
            ("typed", Failed, "java.lang.Boom"),
            ("skip", Skipped, "later"),
            ("notrun", Skipped, ""),
            ("suppressed", Skipped, ""),
            ("rerun", Failed, "one"),
            ("flaky", Flaky, "late"),
            ("both", Failed, "after all"),
            ("noise", Passed, ""),
        ]
    );
}

#[test]
fn what_is_no_report_is_none() {
    for other in [
        "",
        "no xml",
        "{\"tests\": 1}",
        "<html><body><testcase/></body></html>",
        "<coverage line-rate=\"1\"/>",
        "<?xml version=\"1.0\"?>",
        "<!-- only words -->",
    ] {
        assert!(read(other.as_bytes()).is_none(), "{other}");
    }
}

#[test]
fn a_report_that_breaks_off_tells_what_stands_before() {
    let broken =
        reading("<testsuite><testcase name='a'/><testcase name='b'><failure message='m'>half");
    assert_eq!(found(&broken), [("", "a", Passed), ("", "b", Failed)]);
    assert!(broken.flaw.unwrap().contains("breaks off"));
    // A test that had only begun may have failed in what is missing.
    let begun = reading("<testsuite><testcase name='a'><system-out>");
    assert!(begun.cases.is_empty() && begun.flaw.is_some());
}

#[test]
fn entities_of_a_document_are_never_expanded() {
    let mut bomb = String::from("<!DOCTYPE t [<!ENTITY a0 \"boom\">");
    for level in 1..60 {
        let before = format!("&a{};", level - 1).repeat(10);
        bomb.push_str(&format!("<!ENTITY a{level} \"{before}\">"));
    }
    bomb.push_str("]><testsuite><testcase name=\"&a59;&lt;x&#62;\"><failure>&a59; &amp; &#x41;</failure></testcase></testsuite>");
    let read = reading(&bomb);
    assert_eq!(read.cases.len(), 1);
    assert!(read.cases[0].name.len() < 60, "{:?}", read.cases[0].name);
    assert_eq!(read.cases[0].message.as_str(), "&a59; & A");
    let outside = reading(
        "<!DOCTYPE t [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>\
         <testsuite><testcase name=\"x\"><failure>&f;</failure></testcase></testsuite>",
    );
    assert_eq!(outside.cases[0].message.as_str(), "&f;");
}

#[test]
fn every_size_has_a_bound() {
    let deep = format!("<testsuite>{}", "<a>".repeat(100_000));
    assert!(reading(&deep).flaw.unwrap().contains("deep"));
    let many = format!("<testsuite>{}", "<testcase name='x'/>".repeat(30_000));
    let many = reading(&many);
    assert_eq!(many.cases.len(), 20_000);
    assert_eq!(many.unnamed[0], 10_000);
    let long = format!(
        "<testsuite><testcase name='{0}'><failure>{0}</failure></testcase></testsuite>",
        "n".repeat(200_000)
    );
    let long = reading(&long);
    assert!(long.cases[0].name.len() < 600 && long.cases[0].message.len() < 600);
    let huge = vec![b' '; LARGEST + 1];
    assert!(read(&huge).unwrap().flaw.is_some());
}

#[test]
fn the_same_test_twice_counts_as_the_worse_of_the_two() {
    let report =
        |inside: &str| format!("<testsuite><testcase name='a'>{inside}</testcase></testsuite>");
    let (good, bad) = (report(""), report("<failure message='m'/>"));
    let all = results([
        ("one.xml", good.as_bytes()),
        ("two.xml", bad.as_bytes()),
        ("three.xml", good.as_bytes()),
        ("page.xml", b"<html/>".as_slice()),
        ("half.xml", b"<testsuite><testcase".as_slice()),
    ]);
    assert_eq!((all.passed, all.failed), (0, 1));
    assert_eq!(all.cases[0].message.as_str(), "m");
    assert_eq!(all.flaws.len(), 1);
    assert!(all.flaws[0].starts_with("half.xml: "));
}

#[test]
fn names_cannot_carry_control() {
    let read = reading("<testsuite><testcase name='a&#27;[31m\u{202e}b&#155;c'/></testsuite>");
    assert!(!read.cases[0].name.chars().any(char::is_control));
}

proptest! {
    #[test]
    fn no_bytes_at_all_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
        let _ = read(&[b"<testsuite>".as_slice(), &bytes].concat());
    }

    #[test]
    fn nor_does_anything_that_looks_like_a_report(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "<testsuites>", "</testsuites>", "<testsuite name='s' tests='4294967295' failures='9'>",
                "</testsuite>", "<testcase name='t' time='-1'>", "<testcase/>", "</testcase>",
                "<failure>", "</failure>", "<flakyFailure/>", "<skipped/>", "<![CDATA[", "]]>",
                "&amp;", "&x;", "&#xffffffff;", "&", "<", "<!DOCTYPE a [", "]>", "<?x?>", "<!--", "-->",
                "ü", "\0", "'",
            ]),
            0..60,
        ),
    ) {
        let text = format!("<testsuite>{}", parts.concat());
        if let Some(reading) = read(text.as_bytes()) {
            let all = {
                let mut collected = Collected::default();
                collected.add("x", &Text::default(), reading);
                collected.finish()
            };
            prop_assert!(all.cases.len() <= 61);
        }
    }

    #[test]
    fn what_is_written_is_read(
        tests in prop::collection::vec(("[a-zA-Z0-9 <&>'\"ü_:.]{1,12}", 0..4_u8), 1..30),
    ) {
        let mut text = String::from("<testsuites><testsuite name='s'>");
        for (place, (name, result)) in tests.iter().enumerate() {
            let name = format!("{place} {name}");
            let name = quick_xml::escape::escape(&name);
            let inside = ["", "<failure message='m'/>", "<flakyError message='m'/>", "<skipped/>"];
            text.push_str(&format!(
                "<testcase classname='c' name=\"{name}\">{}</testcase>",
                inside[usize::from(*result)]
            ));
        }
        text.push_str("</testsuite></testsuites>");
        let read = reading(&text);
        prop_assert!(read.flaw.is_none());
        prop_assert_eq!(read.cases.len(), tests.len());
        for (place, ((name, result), case)) in tests.iter().zip(&read.cases).enumerate() {
            let wanted = format!("{place} {name}");
            prop_assert_eq!(case.name.as_str(), wanted.trim());
            prop_assert_eq!(case.result, [Passed, Failed, Flaky, Skipped][usize::from(*result)]);
        }
    }
}
