//! Whether a command can run here and now, and why not. Footer, palette and
//! help ask this too, so that nothing is offered that would not work.

use super::{arming, batch, compare, intent, planner, release, rollout};
use crate::{
    command::{self, Command, Danger, Item, Pane, View},
    ui::app::App,
};

/// Why the command cannot run now, as a sentence without its full stop; none
/// when it can.
#[must_use]
pub fn why_not(app: &App, command: Command) -> Option<String> {
    let row = command::row(command)?;
    if row.danger >= Danger::Outside && app.settings.read_only {
        let why = &app.settings.read_only_why;
        return Some(if why.is_empty() {
            "tminus is read-only".to_owned()
        } else {
            format!("tminus is read-only: {why}")
        });
    }
    if row.danger >= Danger::Outside && !app.is_armed() {
        return Some(arming::NOT_ARMED.to_owned());
    }
    if matches!(command, Command::Arm | Command::Disarm) {
        return arming::why_not(app, command);
    }
    let fixed = match command {
        Command::Show(view) if !view.exists() => Some("this view comes later"),
        Command::RerunAll => Some("comes later; r runs the failed jobs again"),
        Command::Presenter => Some("comes with Go/No-Go"),
        Command::NextTab | Command::PreviousTab if app.view.tabs().len() < 2 => {
            Some("this pane has no tabs")
        }
        Command::NextMatch
        | Command::PreviousMatch
        | Command::NextError
        | Command::PreviousError
        | Command::Follow
        | Command::Wrap
        | Command::Times
        | Command::FoldAll
        | Command::SelectLines
        | Command::SaveLog
            if app.focus() != Some(Pane::Log) || app.log.is_none() =>
        {
            Some("only in a log")
        }
        Command::Today
        | Command::Zone
        | Command::NextEntry
        | Command::PreviousEntry
        | Command::Later
            if app.view != View::Calendar =>
        {
            Some("only in the calendar")
        }
        Command::Show(_)
        | Command::Calendar(_)
        | Command::Zoom
        | Command::NextPane
        | Command::PreviousPane
        | Command::Note
        | Command::Refresh
            if app.only_log =>
        {
            Some("nothing but a log is open here")
        }
        Command::CopyId | Command::Mark | Command::Open if app.focus() == Some(Pane::Log) => {
            return app.log.is_none().then(|| "no log is open".to_owned());
        }
        _ => None,
    };
    if let Some(why) = fixed {
        return Some(why.to_owned());
    }
    let item = || {
        app.selection()
            .ok_or_else(|| "nothing is selected".to_owned())
    };
    let model = &app.model;
    if matches!(command, Command::Rerun | Command::Abort) {
        let marked = batch::marked(app);
        if marked.len() > 1 {
            return batch::why_not(app, command, &marked);
        }
    }
    match command {
        Command::Approve => item()
            .and_then(|item| intent::answer(model, item, true))
            .err(),
        Command::Decline => item()
            .and_then(|item| intent::answer(model, item, false))
            .err(),
        Command::Promote | Command::PromoteFully | Command::Hold => item()
            .and_then(|item| rollout::wish(model, item, command))
            .err(),
        Command::Rerun => item().and_then(|item| rollout::retry(model, item)).err(),
        Command::Abort => item().and_then(|item| rollout::abort(model, item)).err(),
        Command::Acknowledge => item()
            .and_then(|item| intent::acknowledge(model, item))
            .err(),
        Command::Resolve => item().and_then(|item| intent::resolve(model, item)).err(),
        Command::Look => item()
            .and_then(|item| intent::unresolved(model, item).map(drop))
            .err(),
        Command::SendAgain => item()
            .and_then(|item| intent::to_send_again(model, item).map(drop))
            .err(),
        Command::RollBack if intent::marked_places(app).len() > 1 => None,
        Command::RollBack => item()
            .and_then(|item| intent::rollback_place(model, item))
            .err(),
        Command::Hotfix => item()
            .and_then(|item| release::hotfix_about(app, item).map(drop))
            .err(),
        Command::AddWindow | Command::MoveInTime | Command::CancelPlanned | Command::Duplicate => {
            planner::why_not(app, command)
        }
        Command::Release if model.releases_in_order().is_empty() => {
            Some("there is no release".to_owned())
        }
        Command::Compare => compare::about(app)
            .ok_or_else(|| "nothing is selected".to_owned())
            .and_then(|item| compare::wanted(model, &item, app.now).map(drop))
            .err(),
        Command::Log => item()
            .and_then(|item| match command::run(model, item) {
                Some(_) => Ok(()),
                None => Err("select a run or a job first".to_owned()),
            })
            .err(),
        Command::OpenLink | Command::CopyLink => item()
            .and_then(|item| match command::link(model, item) {
                Some(_) => Ok(()),
                None => Err("it has no page".to_owned()),
            })
            .err(),
        Command::Open => item()
            .and_then(|item| match item {
                Item::Entry(_) | Item::Alert(_) | Item::Metric(..) => {
                    Err("there is nothing more to show of it".to_owned())
                }
                _ => Ok(()),
            })
            .err(),
        Command::CopyId | Command::Mark => item().err(),
        _ => None,
    }
}
