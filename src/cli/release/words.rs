//! Releases in words.

use std::fmt::Write as _;

use super::report::{CutReport, ReleaseDetail, ReleaseList};
use crate::domain::{CheckState, Timestamp};

fn time(at: Timestamp) -> String {
    at.format("%a %d %b %H:%MZ").to_string()
}

fn span(detail: &ReleaseDetail) -> String {
    let Some(window) = &detail.window else {
        return "no time yet".to_owned();
    };
    match (window.start, window.end) {
        (Some(start), Some(end)) => format!("{} to {}", time(start), time(end)),
        (Some(start), None) => format!("from {}", time(start)),
        (None, Some(end)) => format!("until {}", time(end)),
        (None, None) => "no time yet".to_owned(),
    }
}

pub(super) fn list(list: &ReleaseList) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    for one in &list.releases {
        let there = one
            .services
            .iter()
            .filter(|item| item.progress == "there")
            .count();
        let _ = writeln!(
            out,
            "{}  {} · {} · {there} of {} there · {} · {}",
            one.id,
            one.kind.word(),
            one.state.said(),
            one.services.len(),
            one.captain.as_deref().unwrap_or("no captain"),
            span(one),
        );
        if let Some(proposal) = &one.proposal {
            let _ = writeln!(
                out,
                "    the facts say {}: {}",
                proposal.state.said(),
                proposal.reason
            );
        }
    }
    if list.releases.is_empty() {
        let _ = writeln!(out, "no releases");
    }
    for one in &list.awaiting {
        let _ = writeln!(
            out,
            "awaits  {} {} → {} · {} · since {}",
            one.service,
            one.from.as_deref().unwrap_or("?"),
            one.to,
            one.found,
            time(one.since)
        );
    }
    out
}

pub(super) fn detail(one: &ReleaseDetail) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    line(format!(
        "{}  {} · {} · {}",
        one.id,
        one.name,
        one.kind.word(),
        one.state.said()
    ));
    line(format!(
        "captain    {} · {}",
        one.captain.as_deref().unwrap_or("nobody"),
        span(one)
    ));
    if let Some(branch) = one.branch {
        line(format!("branch     {}", time(branch)));
    }
    if let Some(before) = one.held_from {
        line(format!("held       goes on at {}", before.said()));
    }
    if let Some(proposal) = &one.proposal {
        line(format!(
            "facts      say {}: {}",
            proposal.state.said(),
            proposal.reason
        ));
    }
    line(format!("risk       {}", one.risk.level));
    for reason in &one.risk.reasons {
        line(format!("           {reason}"));
    }
    for conflict in &one.conflicts {
        line(format!("conflict   {conflict}"));
    }
    for item in &one.services {
        line(format!(
            "service    {} {} → {} · {} · {} · risk {}",
            item.name,
            item.from.as_deref().unwrap_or("?"),
            item.to,
            item.environment,
            item.progress.replace('_', " "),
            item.risk.level
        ));
        for place in item
            .environments
            .iter()
            .filter(|place| place.name != item.environment)
        {
            line(format!(
                "           {} serves {} since {}",
                place.name,
                place.serves,
                time(place.since)
            ));
        }
        if !item.needs.is_empty() {
            line(format!("           needs {} first", item.needs.join(", ")));
        }
        if let Some(digest) = &item.digest {
            line(format!("           {digest}"));
        }
    }
    for item in &one.cut {
        line(format!("cut        {} {}", item.name, item.to));
    }
    if let Some(pole) = &one.long_pole {
        line(format!("long pole  {} {}", pole.service, pole.reason));
    }
    for wait in &one.waits {
        let whom = if wait.whom.is_empty() {
            String::new()
        } else {
            format!(" · {}", wait.whom.join(", "))
        };
        line(format!(
            "waits      {} for {}{whom} · since {}",
            wait.service,
            wait.what,
            time(wait.since)
        ));
    }
    for check in &one.checks {
        let mark = match check.state {
            CheckState::Open => " ",
            CheckState::Done => "x",
            CheckState::Waived => "-",
        };
        let optional = if check.required { "" } else { " (optional)" };
        line(format!(
            "check      [{mark}] {}: {}, before {}{optional}",
            check.id,
            check.what,
            check.before.said()
        ));
    }
    for gate in &one.gates {
        let met = match gate.met {
            Some(true) => "met",
            Some(false) => "not met",
            None => "not known",
        };
        line(format!("gate       {}: {met}: {}", gate.name, gate.reason));
    }
    for one in &one.course {
        let why = if one.why.is_empty() {
            String::new()
        } else {
            format!(": {}", one.why)
        };
        line(format!(
            "course     {} {} → {} by {}{why}",
            time(one.at),
            one.from.said(),
            one.to.said(),
            one.by
        ));
        for gate in &one.unmet {
            line(format!("           not met: {gate}"));
        }
    }
    for join in &one.joins {
        line(format!(
            "joined     {} {} {} ({})",
            time(join.at),
            join.kind,
            join.title,
            join.reason
        ));
    }
    for link in &one.links {
        line(format!("link       {}: {}", link.title, link.url));
    }
    if let Some(due) = one.review_due {
        match &one.reviewed_by {
            Some(who) => line(format!("review     done by {who}")),
            None => line(format!("review     due {}", time(due))),
        }
    }
    let follows: Vec<String> = one
        .follows
        .iter()
        .map(|state| state.word().replace('_', "-"))
        .collect();
    if !follows.is_empty() {
        line(format!("may go to  {}", follows.join(", ")));
    }
    out
}

pub(super) fn cut(report: &CutReport) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    line(format!(
        "leaves     {} {} leaves {}",
        report.leaves, report.to, report.release
    ));
    for one in &report.affected {
        line(format!("affected   {} {}", one.service, one.reason));
    }
    for name in &report.idle {
        line(format!(
            "idle       nothing else in it needs {name} that {} needs",
            report.leaves
        ));
    }
    if report.affected.is_empty() {
        line("affected   nothing that stays needs it".to_owned());
    }
    line(format!("stays      {}", report.stays.join(", ")));
    out
}
