//! The list of what is flaky.

use chrono::TimeDelta;
use tminus::domain::{Body, Ended, Fact, Origin, Outcome, Subject, Text};

use super::*;

fn outcome(name: (&str, &str, &str), run: i64, attempt: u32, ended: Ended) -> Outcome {
    let (service, job, test) = name;
    Outcome {
        subject: Subject {
            service: service.into(),
            workflow: "CI".into(),
            job: job.into(),
            test: test.into(),
        },
        at: fixture::now() - TimeDelta::hours(40 * (30 - run)) + TimeDelta::minutes(attempt.into()),
        run: Origin::new(&fixture::github(), &format!("h{run}")),
        number: 100 + run.unsigned_abs(),
        attempt,
        commit: Text::new(&format!("c{run}")),
        ended,
        class: Text::default(),
    }
}

/// Three that are flaky, each in its own measure, and one that only fails.
fn outcomes() -> Vec<Outcome> {
    let mut all = Vec::new();
    for (name, every, last) in [
        (("pricing", "unit tests", ""), 9, 30),
        (
            (
                "reviews",
                "",
                "reviews.spec.ts a guest writes a review that is long",
            ),
            4,
            29,
        ),
        (
            (
                "media",
                "encode (2/4)",
                "codec::tests::resumes_after_a_stall",
            ),
            7,
            12,
        ),
    ] {
        for run in 0..=last {
            let fails = run % every == every - 1;
            let first = if fails { Ended::Failed } else { Ended::Passed };
            all.push(outcome(name, run, 1, first));
            if fails {
                all.push(outcome(name, run, 2, Ended::Passed));
            }
        }
    }
    all.extend((0..30).map(|run| outcome(("cart", "lint", ""), run, 1, Ended::Failed)));
    all
}

#[test]
fn what_is_flaky_is_listed_the_worst_first() {
    for (width, height) in [(80, 21), (120, 37)] {
        let mut model = fixture::model();
        let fact = Fact {
            source: "tminus".into(),
            observed: fixture::now(),
            body: Body::Outcomes(outcomes()),
        };
        model.apply(fact, fixture::now());
        let mut app = app(model, View::Flaky, None, &[]);
        let buffer = drawn(&mut app, &theme("dark"), (width, height));
        let (columns, lines) = (width, height + 3);
        insta::assert_snapshot!(format!("flaky-{columns}x{lines}"), text(&buffer));
    }
    let mut app = app(fixture::model(), View::Flaky, None, &[]);
    let buffer = drawn(&mut app, &theme("dark"), (80, 21));
    insta::assert_snapshot!("flaky-empty-80x24", text(&buffer));
}
