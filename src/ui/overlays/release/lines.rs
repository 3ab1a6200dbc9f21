//! What stands on the sheet of a release, line by line.

use crate::{
    command::Item,
    domain::{CheckState, EnvironmentName, ReleaseItem, RiskLevel, ServiceName, Text},
    model::{ItemProgress, Joined, Model, ReleaseView},
    ui::{
        app::{App, SheetLine as Line, SheetRow},
        theme::State,
        views::release_look,
        widgets::format,
    },
};

/// Characters of a digest that are shown, with the name of its algorithm.
const DIGEST_SHOWN: usize = 19;

impl Line {
    fn heading(title: &str, right: String) -> Self {
        Self {
            heading: true,
            name: title.to_owned(),
            right,
            ..Self::default()
        }
    }

    fn said(state: State, name: &str, words: impl Into<String>) -> Self {
        Self {
            state: Some(state),
            name: name.to_owned(),
            words: words.into(),
            ..Self::default()
        }
    }
}

/// The lines of a release's sheet; none when the release is not known.
#[must_use]
pub fn lines(app: &App, id: &Text) -> Vec<Line> {
    let model = &app.model;
    let Some(release) = model.release(id) else {
        return Vec::new();
    };
    let view = model.release_view(release, app.now);
    let mut lines = Vec::new();
    top(app, &view, &mut lines);
    content(app, &view, &mut lines);
    checks(&view, &mut lines);
    course(app, &view, &mut lines);
    joined(app, &view, &mut lines);
    lines
}

fn top(app: &App, view: &ReleaseView<'_>, lines: &mut Vec<Line>) {
    let model = &app.model;
    let release = view.release;
    let captain = release.captain.as_deref().unwrap_or("nobody");
    let time = match (release.start, release.end) {
        (Some(start), Some(end)) => format!(
            "{} to {}",
            format::clock_or_day(start, app.now),
            format::clock_or_day(end, app.now)
        ),
        (Some(start), None) => format!("from {}", format::clock_or_day(start, app.now)),
        (None, Some(end)) => format!("until {}", format::clock_or_day(end, app.now)),
        (None, None) => "no time yet".to_owned(),
    };
    lines.push(Line::said(
        release_look(view.state),
        view.state.said(),
        format!("{} · captain {captain} · {time}", release.kind.word()),
    ));
    if let Some(proposal) = &view.proposal {
        let how = if proposal.follows {
            "; s takes it over"
        } else {
            ""
        };
        lines.push(Line::said(
            State::Marginal,
            "facts say",
            format!("{}: {}{how}", proposal.state.said(), proposal.reason),
        ));
    }
    if let Some(branch) = release.branch {
        let word = if branch > app.now {
            "branches"
        } else {
            "branched"
        };
        let words = format!("{word} {}", format::clock_or_day(branch, app.now));
        lines.push(Line::said(State::Quiet, "branch", words));
    }
    for reason in model.conflicts(release) {
        lines.push(Line::said(State::Alert, "conflict", reason.to_string()));
    }
    if !view.state.is_over() {
        if let Some((service, why)) = model.long_pole(view, app.now) {
            let words = format!("{service} {why}");
            lines.push(Line::said(State::Quiet, "long pole", words));
        }
        for wait in model.waits_for(view) {
            let whom: Vec<&str> = wait.whom.iter().map(Text::as_str).collect();
            let whom = if whom.is_empty() {
                String::new()
            } else {
                format!(": {}", whom.join(", "))
            };
            let mut line = Line::said(
                State::Waiting,
                "waits",
                format!("{} for {}{whom}", wait.service, wait.what),
            );
            line.right = format::calm_age(app.now - wait.since);
            lines.push(line);
        }
    }
    let course = model.course(&release.id);
    if let Some(due) = release.review_due
        && view.state.is_over()
    {
        let line = match course.and_then(|course| course.reviewed.as_ref()) {
            Some((_, who)) => Line::said(State::Ok, "review", format!("done by {who}")),
            None => Line::said(
                State::Waiting,
                "review",
                format!(
                    "due {}; v when it is done",
                    format::clock_or_day(due, app.now)
                ),
            ),
        };
        lines.push(line);
    }
    for line in &release.plan {
        lines.push(Line::said(State::Quiet, "plan", line.to_string()));
    }
    for link in &release.links {
        lines.push(Line::said(State::Quiet, &link.title, link.url.to_string()));
    }
}

fn content(app: &App, view: &ReleaseView<'_>, lines: &mut Vec<Line>) {
    let model = &app.model;
    let there = view.items.iter().filter(|item| item.there).count();
    let risk = model.release_risk(view.release, app.now);
    lines.push(Line::heading(
        "Content",
        format!(
            "{there} of {} there · risk {}",
            view.items.len(),
            risk.level
        ),
    ));
    let mut risks = model.item_risks(view.release, app.now).into_iter();
    for progress in &view.items {
        let item = progress.item;
        let (state, word) = progress_words(progress);
        let from = model
            .item_span(item)
            .map_or_else(|| "?".to_owned(), |(from, _)| from.to_string());
        let risk = risks.next().map(|found| found.risk).unwrap_or_default();
        let mut words = format!("{from} → {}  {word}", item.to);
        let elsewhere = places(model, item);
        if !elsewhere.is_empty() {
            words.push_str(&format!("  ({elsewhere})"));
        }
        if progress.word() == "not_started" {
            let first = model.needs_first(view, item);
            let names: Vec<&str> = first.into_iter().map(ServiceName::as_str).collect();
            if !names.is_empty() {
                words.push_str(&format!("  needs {} first", names.join(", ")));
            }
        }
        if let Some(digest) = model.item_digest(item) {
            let short: String = digest.chars().take(DIGEST_SHOWN).collect();
            words.push_str(&format!("  {short}"));
        }
        lines.push(Line {
            row: Some(SheetRow::Service(item.service.clone())),
            state: Some(state),
            name: item.service.to_string(),
            words,
            right: if risk.level == RiskLevel::Low {
                String::new()
            } else {
                let why = risk.reasons.first().map_or("", |reason| reason.as_str());
                format!("{} risk: {why}", risk.level)
            },
            heading: false,
        });
    }
    let cut = model
        .course(&view.release.id)
        .map_or(&[][..], |course| &course.cut[..]);
    for item in cut {
        lines.push(Line {
            row: Some(SheetRow::Cut(item.service.clone())),
            state: Some(State::Quiet),
            name: item.service.to_string(),
            words: format!("{}  cut", item.to),
            ..Line::default()
        });
    }
}

/// What the other environments serve of an item: where it is already.
fn places(model: &Model, item: &ReleaseItem) -> String {
    let names: Vec<&str> = model
        .environments()
        .into_iter()
        .filter(|name| *name != &item.environment)
        .filter(|name| {
            model
                .served(&item.service, name)
                .is_some_and(|served| served.version == &item.to)
        })
        .map(EnvironmentName::as_str)
        .collect();
    if names.is_empty() {
        String::new()
    } else {
        format!("in {}", names.join(", "))
    }
}

fn progress_words(progress: &ItemProgress<'_>) -> (State, String) {
    match progress.word() {
        "there" => (State::Ok, "there".to_owned()),
        "canary" => (
            State::Running,
            format!(
                "canary {}",
                format::percent(progress.canary_weight.unwrap_or_default())
            ),
        ),
        "waiting" => (State::Waiting, "waits for a yes".to_owned()),
        "moving" => (State::Running, "on its way".to_owned()),
        "rolled_back" => (State::RolledBack, "rolled back".to_owned()),
        _ => (State::Quiet, "not started".to_owned()),
    }
}

fn checks(view: &ReleaseView<'_>, lines: &mut Vec<Line>) {
    let release = view.release;
    if release.checklist.is_empty() {
        return;
    }
    let done = release
        .checklist
        .iter()
        .filter(|check| check.state != CheckState::Open)
        .count();
    let right = format!("{done} of {}", release.checklist.len());
    lines.push(Line::heading("Checks", right));
    for check in &release.checklist {
        let state = match check.state {
            CheckState::Open if check.required => State::Waiting,
            CheckState::Open => State::Quiet,
            CheckState::Done => State::Ok,
            CheckState::Waived => State::Marginal,
        };
        lines.push(Line {
            row: Some(SheetRow::Check(check.id.clone())),
            state: Some(state),
            name: check.id.to_string(),
            words: check.what.to_string(),
            right: match check.state {
                CheckState::Open if check.required => format!("before {}", check.before.said()),
                CheckState::Open => "optional".to_owned(),
                other => other.word().to_owned(),
            },
            heading: false,
        });
    }
}

fn course(app: &App, view: &ReleaseView<'_>, lines: &mut Vec<Line>) {
    let gates = app.model.gates(view.release);
    if !gates.is_empty() && !view.state.is_over() {
        let met = gates.iter().filter(|gate| gate.met == Some(true)).count();
        lines.push(Line::heading(
            "Gates",
            format!("{met} of {} met", gates.len()),
        ));
        for gate in gates {
            let state = match gate.met {
                Some(true) => State::Ok,
                Some(false) => State::Failed,
                None => State::Unknown,
            };
            lines.push(Line::said(state, &gate.name, gate.sentence.to_string()));
        }
    }
    let moves = app
        .model
        .course(&view.release.id)
        .map_or(&[][..], |course| &course.moves[..]);
    if moves.is_empty() {
        return;
    }
    lines.push(Line::heading("Course", String::new()));
    for one in moves.iter().rev() {
        let why = if one.why.is_empty() {
            String::new()
        } else {
            format!(": {}", one.why)
        };
        let unmet = if one.unmet.is_empty() {
            String::new()
        } else {
            format!(
                " ({})",
                format::counted(one.unmet.len(), "gate not met", "gates not met")
            )
        };
        lines.push(Line {
            state: Some(release_look(one.to)),
            name: one.to.said().to_owned(),
            words: format!("by {}{why}{unmet}", one.by),
            right: format::clock_or_day(one.at, app.now),
            ..Line::default()
        });
    }
}

fn joined(app: &App, view: &ReleaseView<'_>, lines: &mut Vec<Line>) {
    let joins = app.model.joins(view.release, app.now);
    if joins.is_empty() {
        return;
    }
    lines.push(Line::heading("Belongs to it", joins.len().to_string()));
    for join in joins.into_iter().rev() {
        let item = match join.what.clone() {
            Joined::Run(id) => Item::Run(id),
            Joined::Deployment(id) => Item::Deployment(id),
            Joined::Approval(id) => Item::Approval(id),
            Joined::Canary(service) => Item::Canary(service),
            Joined::Incident(id) => Item::Incident(id),
            Joined::Note(id) => Item::Note(id),
            Joined::Operation(id) => Item::Operation(id),
        };
        let service = join
            .service
            .map_or_else(String::new, |service| format!("{service} "));
        lines.push(Line {
            row: Some(SheetRow::Joined(item)),
            state: Some(match join.what {
                Joined::Incident(_) => State::Alert,
                Joined::Approval(_) => State::Waiting,
                _ => State::Quiet,
            }),
            name: join.what.word().to_owned(),
            words: format!("{service}{}", join.title),
            right: format!(
                "{} · {}",
                join.reason,
                format::clock_or_day(join.at, app.now)
            ),
            heading: false,
        });
    }
}
