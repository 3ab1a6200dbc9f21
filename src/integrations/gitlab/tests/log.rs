//! Logs: there from the first line on, and followed while they are written.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::origin;
use crate::{
    domain::{Body, LogState},
    integrations::{
        contract::{Attention, Query},
        gitlab::testing::{Reply, Vendor, answer, bodies, gitlab, path, sink},
        testing::sink_with_logs,
    },
};

/// A job and its log, which grows by a line each time that it is asked for.
async fn growing(ranges: bool) -> Vendor {
    let lines = Arc::new(AtomicUsize::new(0));
    Vendor::start(move |asked| {
        let told = lines.load(Ordering::Relaxed);
        if path(asked).ends_with("jobs/9") {
            let status = if told < 2 { "running" } else { "success" };
            return Reply::json(&format!(
                r#"{{"id":9,"status":"{status}","pipeline":{{"id":20}}}}"#
            ));
        }
        if !path(asked).ends_with("jobs/9/trace") {
            return answer(asked, &[]);
        }
        let told = lines.fetch_add(1, Ordering::Relaxed) + 1;
        let lines: Vec<String> = (1..=told).map(|line| format!("line {line}\n")).collect();
        let whole = lines.concat();
        let from = asked.head.lines().find_map(|line| {
            let line = line.to_ascii_lowercase();
            let range = line.strip_prefix("range: bytes=")?.trim().to_owned();
            range.strip_suffix('-')?.parse::<usize>().ok()
        });
        match from.filter(|_| ranges) {
            Some(from) => Reply::Say(
                206,
                format!(
                    "content-type: text/plain\r\ncontent-range: bytes {from}-{}/*\r\n",
                    whole.len() - 1
                ),
                whole[from..].to_owned(),
            ),
            None => Reply::Say(200, "content-type: text/plain\r\n".to_owned(), whole),
        }
    })
    .await
}

#[tokio::test]
async fn a_log_is_followed_while_it_is_written_with_and_without_ranges() {
    for ranges in [true, false] {
        let vendor = growing(ranges).await;
        let gitlab = gitlab(&vendor.url, &["web"]);
        let (sink, facts, logs) = sink_with_logs("gitlab");
        let (_attention, receiver) = tokio::sync::watch::channel(Attention {
            runs: vec![origin("pipelines/20")],
            ..Attention::default()
        });
        gitlab
            .fetch(Query::Log(origin("jobs/9")), &sink)
            .await
            .unwrap();
        let stop = tokio_util::sync::CancellationToken::new();
        let watching = tokio::spawn(gitlab.clone().watch(sink, receiver, stop.clone()));
        let ended = tokio::time::timeout(std::time::Duration::from_secs(30), async {
            loop {
                let shown = bodies(&facts).into_iter().any(|body| {
                    matches!(&body, Body::Log(log)
                        if matches!(&log.state, LogState::Stored { bytes: 14, .. })
                            && logs.log(&log.job) == "line 1\nline 2\n")
                });
                if shown {
                    break;
                }
                tokio::task::yield_now().await;
            }
        });
        ended.await.expect("the second line is shown");
        stop.cancel();
        watching.await.unwrap();
        let asked = vendor.asked();
        let ranged = asked
            .iter()
            .filter(|asked| asked.head.to_ascii_lowercase().contains("range: bytes=7-"))
            .count();
        assert!(ranged > 0, "the rest alone is asked for");
    }
}

#[tokio::test]
async fn the_state_of_the_job_tells_whether_there_is_a_log() {
    for (job, trace, expected) in [
        (r#"{"id":9,"status":"running"}"#, Some(""), "not yet"),
        (r#"{"id":9,"status":"pending"}"#, None, "not yet"),
        (r#"{"id":9,"status":"skipped"}"#, Some(""), "skipped"),
        (r#"{"id":9,"status":"manual"}"#, Some(""), "played"),
        (r#"{"id":9,"status":"success"}"#, None, "any more"),
        (
            r#"{"id":9,"status":"failed","erased_at":"2026-11-22T14:00:00Z"}"#,
            Some("x"),
            "erased",
        ),
        (
            r#"{"id":9,"status":"canceled"}"#,
            Some(""),
            "without writing",
        ),
    ] {
        let vendor = Vendor::start(
            move |asked| match (path(asked).ends_with("/trace"), trace) {
                (true, None) => Reply::status(404, r#"{"message":"404 Not Found"}"#),
                (true, Some(text)) => Reply::Say(
                    200,
                    "content-type: text/plain\r\n".to_owned(),
                    text.to_owned(),
                ),
                (false, _) => Reply::json(job),
            },
        )
        .await;
        let gitlab = gitlab(&vendor.url, &["web"]);
        let (sink, facts) = sink();
        gitlab
            .fetch(Query::Log(origin("jobs/9")), &sink)
            .await
            .unwrap();
        let bodies = bodies(&facts);
        let [Body::Log(log)] = bodies.as_slice() else {
            panic!("{job}: {bodies:?}");
        };
        match &log.state {
            LogState::NotYet => assert_eq!(expected, "not yet"),
            LogState::Gone(why) => assert!(why.contains(expected), "{why}"),
            LogState::Stored { .. } => panic!("{job}: no lines were sent"),
        }
    }
}
