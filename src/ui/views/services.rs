//! The environment matrix: service × environment → version and age.

use ratatui::buffer::Buffer;

use super::{
    Placed, Scene,
    freshness::{self, Feed},
    parts::{self, Heading, Look},
};
use crate::{
    command::Item,
    domain::{DeploymentState, EnvironmentName, ServiceName},
    ui::{
        theme::State,
        widgets::{
            format,
            row::{Align, Row, columns},
            table::GAP,
        },
    },
};

/// The least width of an environment's column.
const LEAST: u16 = 16;

pub(super) fn draw(scene: &Scene<'_>, buffer: &mut Buffer, placed: &Placed) {
    let theme = scene.theme;
    let environments = scene.app.model.environments();
    let (name_width, width, shown) = widths(placed.rows.width, environments.len());
    let count = scene.app.list(placed.pane).total;
    let mut detail = count.to_string();
    if shown < environments.len() {
        let hidden = environments.len() - shown;
        let words = format::counted(hidden, "environment hidden", "environments hidden");
        detail.push_str(&format!(" {} {words}", theme.marks.dot));
    }
    let heading = Heading {
        detail: &detail,
        feed: Some(Feed::Pipelines),
        ..Heading::default()
    };
    parts::frame(scene, buffer, placed, &heading);
    // What is nearest to the customers stays when it gets narrow.
    let environments = environments
        .get(environments.len() - shown..)
        .unwrap_or_default();
    if placed.rows.y > placed.inner.y {
        let mut row = Row::new(buffer, placed.inner, 0, theme.marks.ellipsis);
        row.gap(1)
            .cell("SERVICE", name_width, Align::Left, theme.faint)
            .gap(GAP);
        for environment in environments {
            let style = if scene.app.model.catalog().is_production(environment) {
                theme.production
            } else {
                theme.faint
            };
            let name = environment.as_str().to_uppercase();
            row.cell(&name, width, Align::Left, style).gap(GAP);
        }
    }
    parts::list(
        scene,
        buffer,
        placed,
        Feed::Pipelines,
        "no service is known",
        |row, look, item| {
            let Item::Service(service) = item else { return };
            draw_service(scene, row, look, service, name_width);
            row.gap(GAP);
            let mut before = None;
            for environment in environments {
                let version = scene.app.model.served(service, environment);
                let version = version.map(|served| served.version);
                // What is the same as one environment before is not news.
                let same = version.is_some() && version == before;
                let look = Look {
                    text: if same && !look.selected {
                        theme.dim
                    } else {
                        look.text
                    },
                    ..look
                };
                row.within(width, |row| {
                    draw_place(scene, row, look, service, environment);
                })
                .gap(GAP);
                before = version;
            }
        },
    );
}

/// Width of the names, width of an environment, how many of them fit.
fn widths(room: u16, environments: usize) -> (u16, u16, usize) {
    let room = room.saturating_sub(2);
    let name = (room / 4).clamp(12, 26);
    let rest = room.saturating_sub(name + GAP);
    let fit = usize::from(rest / (LEAST + GAP)).clamp(1, environments.max(1));
    let shown = fit.min(environments);
    let each = (rest / u16::try_from(fit).unwrap_or(1)).saturating_sub(GAP);
    (name, each.min(28), shown)
}

fn draw_service(
    scene: &Scene<'_>,
    row: &mut Row<'_>,
    look: Look,
    service: &ServiceName,
    width: u16,
) {
    let theme = scene.theme;
    let spec = scene.app.model.catalog().service(service);
    row.within(width, |row| {
        if let Some(tier) = spec.and_then(|spec| spec.tier)
            && row.room() >= columns(service.as_str()) + 8
        {
            row.put_right(&format!("tier {tier}"), theme.faint);
        }
        row.put(service.as_str(), look.text);
    });
}

fn draw_place(
    scene: &Scene<'_>,
    row: &mut Row<'_>,
    look: Look,
    service: &ServiceName,
    environment: &EnvironmentName,
) {
    let theme = scene.theme;
    let model = &scene.app.model;
    let served = model.served(service, environment);
    let newest = model.deployments(service, environment).next();
    let failed = newest.filter(|newest| newest.value.state == DeploymentState::Failure);
    let moving = model.deployment_in_flight(service, environment);
    match &served {
        Some(served) => {
            let stale = freshness::is_stale(scene, &served.deployment.source);
            let text = if stale { theme.stale } else { look.text };
            row.put(served.version.as_str(), text)
                .gap(1)
                .put(&format::age(scene.now - served.since), theme.faint);
        }
        None if moving.or(failed).is_none() => {
            row.put(theme.marks.none, theme.faint);
        }
        None => {}
    }
    let canary = model
        .canary(service)
        .filter(|canary| &canary.value.environment == environment)
        .filter(|canary| canary.value.is_live());
    if let Some(canary) = canary {
        let judgement = model.judgement(service);
        let state = super::canaries::verdict_state(judgement.verdict);
        let weight = canary.value.weight.map(format::percent).unwrap_or_default();
        row.gap(1)
            .put(theme.marks.state(state), theme.state(state))
            .gap(1);
        if let Some(moving) = moving
            && row.room() > columns(moving.value.version.as_str()) + columns(&weight)
        {
            row.put(moving.value.version.as_str(), theme.state(state))
                .gap(1);
        }
        row.put(&weight, theme.state(state));
    } else if let Some(moving) = moving.or(failed) {
        // What failed last is news until another one tries.
        let state = State::from(&moving.value.state);
        row.gap(u16::from(served.is_some()))
            .put(theme.marks.state(state), theme.state(state))
            .gap(1)
            .put(moving.value.version.as_str(), theme.state(state));
    }
}
