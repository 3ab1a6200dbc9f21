//! `tminus canary judge`: measurements from a file in, verdicts out.

use std::{
    fs,
    io::{self, Read as _},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    args::{Global, Judge, JudgeMode},
    print,
};
use crate::{
    analysis::canary::{
        self, Analysis, Mode, Report, Verdict,
        contract::{Moment, Numbers, Outliers},
        report::{MetricReport, number},
    },
    domain::Text,
    error::{Error, Kind},
};

/// One analysis, or several.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used: it is read by hand")]
pub enum CanaryInput {
    /// Several analyses.
    Several(Several),
    /// One analysis.
    One(Analysis),
}

/// Several analyses, judged each alone.
#[derive(Deserialize, JsonSchema)]
pub struct Several {
    /// The analyses.
    analyses: Vec<Analysis>,
}

/// One report, or several in the order of the analyses.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub enum CanaryOutput {
    /// Of several analyses.
    Several {
        /// A report for each.
        results: Vec<Report>,
    },
    /// Of one analysis.
    One(Report),
}

/// `tminus canary judge`: gives the exit status.
///
/// # Errors
/// When the input cannot be read or is not what the contract says.
pub fn judge(global: &Global, what: &Judge) -> Result<u8, Error> {
    let text = read(what)?;
    let (mut analyses, several) = parse(&text)?;
    for (index, analysis) in analyses.iter_mut().enumerate() {
        if let Some(mode) = what.mode {
            analysis.mode = match mode {
                JudgeMode::Tminus => Mode::Tminus,
                JudgeMode::Kayenta => Mode::Kayenta,
            };
        }
        let path = if several {
            format!("analyses[{index}].")
        } else {
            String::new()
        };
        check(analysis, &path)?;
    }
    let reports: Vec<Report> = analyses.iter().map(canary::judge).collect();
    let status = reports.iter().map(exit_status).fold(0, worse);
    if !global.json {
        for report in &reports {
            print::text(&in_words(report))?;
        }
        return Ok(status);
    }
    let output = if several {
        CanaryOutput::Several { results: reports }
    } else {
        match reports.into_iter().next() {
            Some(report) => CanaryOutput::One(report),
            None => CanaryOutput::Several {
                results: Vec::new(),
            },
        }
    };
    print::json(&output)?;
    Ok(status)
}

fn exit_status(report: &Report) -> u8 {
    match report.verdict {
        Verdict::Pass | Verdict::Marginal => 0,
        Verdict::Fail => Kind::Refused.exit_status(),
        Verdict::NoData | Verdict::Error | Verdict::Inconclusive => Kind::Unknown.exit_status(),
    }
}

/// An alarm is worse than not knowing, and that is worse than none.
fn worse(a: u8, b: u8) -> u8 {
    let alarm = Kind::Refused.exit_status();
    if a == alarm || b == alarm {
        alarm
    } else {
        a.max(b)
    }
}

fn read(what: &Judge) -> Result<String, Error> {
    let name = what.input.display();
    let bytes = if what.input.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(&what.input)
    }
    .map_err(|error| {
        Error::new(Kind::Usage, format!("cannot read {name}: {error}"))
            .hint("--input names a JSON file, or - for standard input")
    })?;
    String::from_utf8(bytes).map_err(|error| {
        Error::new(
            Kind::Usage,
            format!(
                "{name} is not UTF-8 at byte {}",
                error.utf8_error().valid_up_to()
            ),
        )
    })
}

/// The analyses, and whether they came as a list.
fn parse(text: &str) -> Result<(Vec<Analysis>, bool), Error> {
    let text = without_nan(text);
    let mut value: serde_json::Value = serde_json::from_str(&text).map_err(|error| {
        wrong(&format!("it is not JSON: {error}")).hint("`tminus schema` prints what is expected")
    })?;
    without_null_fields(&mut value);
    let Some(fields) = value.as_object() else {
        return Err(wrong(
            "it is no object, expected an analysis: {\"metrics\": [...]}",
        ));
    };
    if fields.contains_key("analyses") {
        let several: Several = typed(&value)?;
        unknown_fields(&value);
        return Ok((several.analyses, true));
    }
    if !fields.contains_key("metrics") {
        return Err(wrong(
            "metrics: nothing was found, expected a list of metrics",
        ));
    }
    let one: Analysis = typed(&value)?;
    unknown_fields(&value);
    Ok((vec![one], false))
}

/// A field that is null is one that was left out; in lists null is a missing
/// point, and stays.
fn without_null_fields(value: &mut serde_json::Value) {
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, field| !field.is_null());
        for list in ["analyses", "metrics"] {
            let items = fields.get_mut(list).and_then(|list| list.as_array_mut());
            for item in items.into_iter().flatten() {
                without_null_fields(item);
            }
        }
    }
}

fn typed<T: serde::de::DeserializeOwned>(value: &serde_json::Value) -> Result<T, Error> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = Text::new(&error.path().to_string());
        let why = Text::new(&error.inner().to_string());
        wrong(&format!("{path}: {why}")).hint("`tminus schema` prints what is expected")
    })
}

fn wrong(what: &str) -> Error {
    Error::new(Kind::Usage, format!("the input cannot be judged: {what}"))
}

/// Notebooks write missing numbers as the bare words NaN and Infinity, which
/// JSON has not: they become null.
fn without_nan(text: &str) -> String {
    if !text.contains("NaN") && !text.contains("Infinity") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut inside = false;
    while let Some(character) = rest.chars().next() {
        let word = ["-Infinity", "Infinity", "NaN"]
            .into_iter()
            .find(|word| !inside && rest.starts_with(word));
        if let Some(word) = word {
            out.push_str("null");
            rest = &rest[word.len()..];
            continue;
        }
        let taken = if inside && character == '\\' {
            let escaped = rest[1..].chars().next().map_or(0, char::len_utf8);
            1 + escaped
        } else {
            inside ^= character == '"';
            character.len_utf8()
        };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

/// A field that the contract has not is said, for it may be misspelt.
fn unknown_fields(value: &serde_json::Value) {
    let Ok(serde_json::Value::Object(known)) = serde_json::to_value(Analysis {
        metrics: vec![canary::contract::Metric::default()],
        ..Analysis::default()
    }) else {
        return;
    };
    let known_of_metric = &known["metrics"][0];
    let mut unknown = Vec::new();
    let analyses = match value.get("analyses").and_then(serde_json::Value::as_array) {
        Some(analyses) => analyses.iter().collect(),
        None => vec![value],
    };
    for analysis in analyses {
        for field in analysis.as_object().into_iter().flatten() {
            if !known.contains_key(field.0) {
                unknown.push(field.0.as_str());
            }
        }
        let metrics = analysis["metrics"].as_array();
        for metric in metrics.into_iter().flatten() {
            for field in metric.as_object().into_iter().flatten() {
                if known_of_metric.get(field.0).is_none() {
                    unknown.push(field.0.as_str());
                }
            }
        }
    }
    unknown.sort_unstable();
    unknown.dedup();
    if !unknown.is_empty() {
        print::remark(&format!(
            "the contract has no such field, it is ignored: {}",
            Text::new(&unknown.join(", "))
        ));
    }
}

/// What types cannot say. Times become seconds.
fn check(analysis: &mut Analysis, path: &str) -> Result<(), Error> {
    let refuse = |field: &str, found: &str, expected: &str| {
        Err(wrong(&format!(
            "{path}{field}: found {found}, expected {expected}"
        )))
    };
    if !(analysis.alpha > 0.0 && analysis.alpha <= 0.5) {
        return refuse(
            "alpha",
            &analysis.alpha.to_string(),
            "a number above 0 up to 0.5",
        );
    }
    if !(analysis.pass.is_finite() && analysis.marginal.is_finite()) {
        return refuse("pass", &analysis.pass.to_string(), "a finite number");
    }
    if analysis.marginal > analysis.pass {
        return refuse(
            "marginal",
            &analysis.marginal.to_string(),
            &format!("at most what passes, {}", analysis.pass),
        );
    }
    for (index, metric) in analysis.metrics.iter_mut().enumerate() {
        let at = |field: &str| format!("metrics[{index}].{field}");
        let finite = [
            ("tolerance", metric.tolerance),
            ("weight", metric.weight),
            ("interval_seconds", metric.interval_seconds),
        ];
        for (field, value) in finite {
            if let Some(value) = value.filter(|value| *value < 0.0) {
                return refuse(&at(field), &value.to_string(), "a number not below 0");
            }
        }
        if metric.name.is_empty() {
            return refuse(&at("name"), "nothing", "a name");
        }
        let factor = metric.outlier_factor.unwrap_or(3.0);
        if metric.outliers == Outliers::Remove && factor <= 0.0 {
            return refuse(
                &at("outlier_factor"),
                &factor.to_string(),
                "a number above 0",
            );
        }
        let shares = metric.canary_share.as_ref().map(Numbers::each);
        let outside = |share: &f64| !(0.0..=1.0).contains(share);
        if let Some(share) = shares
            .iter()
            .flatten()
            .flatten()
            .find(|share| outside(share))
        {
            return refuse(
                &at("canary_share"),
                &share.to_string(),
                "shares from 0 to 1",
            );
        }
        for (moment_index, moment) in metric.timestamps.iter_mut().enumerate() {
            if let Moment::Rfc3339(text) = moment {
                let Ok(time) = chrono::DateTime::parse_from_rfc3339(text) else {
                    return refuse(
                        &at(&format!("timestamps[{moment_index}]")),
                        &format!("\"{}\"", Text::new(text)),
                        "seconds since 1970 or RFC 3339 such as 2026-01-31T12:00:00Z",
                    );
                };
                *moment = Moment::Seconds(time.timestamp_millis() as f64 / 1000.0);
            }
        }
    }
    Ok(())
}

fn in_words(report: &Report) -> String {
    let score = report
        .score
        .map_or_else(String::new, |score| format!(" · score {}", number(score)));
    let mut out = format!("{}{score} · {}\n", report.verdict.word(), report.sentence);
    for MetricReport {
        name,
        verdict,
        critical,
        why,
        details,
        ..
    } in &report.metrics
    {
        let critical = if *critical { " (critical)" } else { "" };
        out.push_str(&format!(
            "  {} · {name}{critical} · {why}\n",
            verdict.word()
        ));
        if let Some(change) = &details.would_change {
            out.push_str(&format!("      {change}\n"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        let found = parse(text).and_then(|(mut analyses, several)| {
            let path = if several { "analyses[0]." } else { "" };
            check(&mut analyses[0], path)
        });
        found.unwrap_err().message
    }

    #[test]
    fn errors_name_the_field_and_what_is_expected() {
        for (text, said) in [
            ("[1]", "expected an analysis"),
            ("{", "not JSON"),
            ("{}", "metrics: nothing was found"),
            (
                r#"{"metrics": [{"name": "a", "direction": "up"}]}"#,
                "metrics[0].direction: unknown variant `up`, expected one of `increase`, \
                 `decrease`, `either`",
            ),
            (
                r#"{"analyses": [{"metrics": [{"name": "a", "canary": [1, "x"]}]}]}"#,
                "analyses[0].metrics[0].canary[1]: invalid type: string \"x\", expected a number \
                 or null",
            ),
            (
                r#"{"metrics": [{"name": "a", "canary_share": 1.5}]}"#,
                "metrics[0].canary_share: found 1.5, expected shares from 0 to 1",
            ),
            (
                r#"{"metrics": [{"canary": [1]}]}"#,
                "metrics[0].name: found nothing",
            ),
            (
                r#"{"metrics": [{"name": "a", "timestamps": ["noon"]}]}"#,
                "metrics[0].timestamps[0]: found \"noon\", expected seconds",
            ),
            (
                r#"{"alpha": 0, "metrics": []}"#,
                "alpha: found 0, expected a number above 0",
            ),
        ] {
            let found = message(text);
            assert!(found.contains(said), "{found}");
        }
    }

    #[test]
    fn what_notebooks_write_is_read() {
        let text = r#"{"alpha": null, "metrics": [{"name": "NaN \" NaN", "kind": null, "canary": [NaN, -Infinity, 1e0, null]}]}"#;
        let (analyses, several) = parse(text).unwrap();
        assert!(!several);
        assert_eq!(analyses[0].metrics[0].name.as_str(), "NaN \" NaN");
        assert_eq!(
            analyses[0].metrics[0].canary.plain(),
            [None, None, Some(1.0), None]
        );
    }

    #[test]
    fn an_alarm_is_the_worst() {
        assert_eq!([0, 3, 1, 3].into_iter().fold(0, worse), 1);
        assert_eq!([0, 3, 0].into_iter().fold(0, worse), 3);
    }
}
