//! Triage against logs that real tools wrote: `tests/corpus/triage`, with how
//! each was made in its labels. The rules were written from the part `dev`
//! only; `second` was made when they were done, and none was changed for it.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "what goes wrong in a test is a failure of the test, and it prints what it measured"
)]

use std::{collections::BTreeMap, fs, io::Read as _, path::PathBuf};

use flate2::read::GzDecoder;
use serde::Deserialize;
use tminus::analysis::triage::{Class, shipped_rules, triage};

/// The parts of the corpus. How many of a hundred must get their class, and how
/// many their first line, within [`NEAR`]: of the parts that rules were written
/// for what is aimed at, of `second` what it reached when it was new.
const PARTS: [(&str, usize, usize); 3] =
    [("dev", 90, 95), ("held-out", 90, 95), ("second", 78, 90)];
/// How many lines off is near enough.
const NEAR: usize = 3;

#[derive(Deserialize)]
struct Label {
    class: Class,
    first_error_line: Option<usize>,
    #[serde(default)]
    acceptable_lines: Vec<usize>,
    set: String,
}

#[derive(Default)]
struct Measured {
    logs: usize,
    right_class: usize,
    right_line: usize,
    acceptable_line: usize,
    matrix: BTreeMap<(Class, Class), usize>,
    wrong: Vec<String>,
}

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/triage")
}

fn log(name: &str) -> Vec<u8> {
    let path = corpus().join(format!("{name}.log.gz"));
    let packed = fs::read(&path).expect("each label has its log");
    let mut log = Vec::new();
    GzDecoder::new(packed.as_slice())
        .read_to_end(&mut log)
        .expect("the log is gzip");
    log
}

fn measure() -> BTreeMap<String, Measured> {
    let labels = fs::read(corpus().join("labels.json")).expect("there are labels");
    let labels: BTreeMap<String, Label> =
        serde_json::from_slice(&labels).expect("the labels are in their format");
    let mut sets: BTreeMap<String, Measured> = BTreeMap::new();
    for (name, label) in labels {
        let report = triage(shipped_rules(), &log(&name));
        let near = |wanted: Option<usize>| match (wanted, report.first_error_line) {
            (Some(wanted), Some(found)) => wanted.abs_diff(found) <= NEAR,
            (None, None) => true,
            _ => false,
        };
        let right_class = report.class == label.class;
        let right_line = near(label.first_error_line);
        let acceptable = right_line || label.acceptable_lines.iter().any(|line| near(Some(*line)));
        let set = sets.entry(label.set).or_default();
        set.logs += 1;
        set.right_class += usize::from(right_class);
        set.right_line += usize::from(right_line);
        set.acceptable_line += usize::from(acceptable);
        *set.matrix.entry((label.class, report.class)).or_default() += 1;
        if !right_class || !right_line {
            set.wrong.push(format!(
                "{name}: wanted {} at {:?}, found {} at {:?} by {:?}",
                label.class,
                label.first_error_line,
                report.class,
                report.first_error_line,
                report.rule
            ));
        }
    }
    sets
}

fn print(set: &str, measured: &Measured) {
    println!("\n{set}: {} logs", measured.logs);
    print!("{:<16}", "is \\ found");
    for found in Class::ALL {
        print!("{:>6}", found.word().get(..5).unwrap_or(found.word()));
    }
    println!();
    for is in Class::ALL {
        print!("{is:<16}");
        for found in Class::ALL {
            match measured.matrix.get(&(is, found)) {
                Some(count) => print!("{count:>6}"),
                None => print!("{:>6}", "."),
            }
        }
        println!();
    }
    let part = |right: usize| 100.0 * right as f64 / measured.logs.max(1) as f64;
    println!(
        "right class {:.1} %, first line within {NEAR} lines {:.1} %, or an acceptable one {:.1} %",
        part(measured.right_class),
        part(measured.right_line),
        part(measured.acceptable_line)
    );
    for wrong in &measured.wrong {
        println!("  {wrong}");
    }
}

#[test]
fn logs_of_real_tools_get_their_class_and_their_line() {
    let sets = measure();
    let names: Vec<&str> = sets.keys().map(String::as_str).collect();
    assert_eq!(names, PARTS.map(|(name, ..)| name), "the corpus' parts");
    for (name, set) in &sets {
        print(name, set);
    }
    for (name, class_aim, line_aim) in PARTS {
        let set = sets.get(name).expect("it is one of the parts");
        assert!(
            set.right_class * 100 >= set.logs * class_aim,
            "{name}: too many wrong classes"
        );
        assert!(
            set.right_line * 100 >= set.logs * line_aim,
            "{name}: too many wrong lines"
        );
    }
}
