//! `tminus release`: what it is, what comes into it, how it goes on.

pub mod args;
mod made;
mod notes;
mod publish;
pub mod report;
mod words;

use std::sync::Arc;

use self::{
    args::ReleaseCommand,
    report::{CutReport, ReleaseDetail, ReleaseList},
};
use super::{
    args::Global,
    context::{Context, remember},
    freeze::instant,
    look::all_known,
    print, single_thread,
};
use crate::{
    analysis::releases::cut,
    domain::{
        CheckState, Planned, Release, ReleaseChange, ReleaseEvent, ReleaseState, ServiceName, Text,
        Version,
    },
    error::{Error, Kind},
    integrations::contract::Query,
    model::Model,
    operation::Desk,
    runtime::{actor, now},
};

/// Runs one of its commands.
///
/// # Errors
/// When there is no such release, a change is refused, or something that it
/// rests on could not be read.
pub fn run(global: &Global, command: &ReleaseCommand) -> Result<(), Error> {
    let mut room = Room::open(global)?;
    match command {
        ReleaseCommand::List => {
            let list = ReleaseList::of(&room.model, now());
            if global.json {
                print::json(&list)?;
            } else {
                print::text(&words::list(&list))?;
            }
            all_known(&room.model, &room.context)
        }
        ReleaseCommand::Show { id } => {
            room.compare(id)?;
            room.show(id)?;
            all_known(&room.model, &room.context)
        }
        ReleaseCommand::New(new) => made::run(&mut room, new),
        ReleaseCommand::SetState { id, state, reason } => room.set_state(id, state, reason),
        ReleaseCommand::Check {
            id,
            check,
            waive,
            open,
            reason,
        } => {
            let state = match (waive, open) {
                (true, _) => CheckState::Waived,
                (_, true) => CheckState::Open,
                _ => CheckState::Done,
            };
            let check = Text::new(check);
            room.change(id, reason, ReleaseChange::Checked { check, state })
        }
        ReleaseCommand::Cut {
            id,
            service,
            dry_run,
            reason,
        } => room.cut(id, &ServiceName::new(service), *dry_run, reason),
        ReleaseCommand::Return {
            id,
            service,
            reason,
        } => {
            let service = ServiceName::new(service);
            room.change(id, reason, ReleaseChange::Returned { service })
        }
        ReleaseCommand::Retarget {
            id,
            service,
            to,
            reason,
        } => {
            let (service, to) = (ServiceName::new(service), Version::new(to));
            let commit = room
                .model
                .awaiting()
                .into_iter()
                .find(|one| one.service == service && one.to == to)
                .and_then(|one| one.commit);
            let change = ReleaseChange::Retargeted {
                service,
                to,
                commit,
            };
            room.change(id, reason, change)
        }
        ReleaseCommand::Move {
            id,
            start,
            end,
            reason,
        } => room.reschedule(id, start.as_deref(), end.as_deref(), reason),
        ReleaseCommand::Captain { id, who, reason } => {
            let from = room.release(id)?.captain.clone();
            let to = Text::new(who.trim());
            room.change(id, reason, ReleaseChange::Captained { from, to })
        }
        ReleaseCommand::Reviewed { id, reason } => room.change(id, reason, ReleaseChange::Reviewed),
        ReleaseCommand::Publish(wanted) => publish::run(&mut room, wanted),
        ReleaseCommand::Notes {
            id,
            edited: true,
            out,
            ..
        } => notes::edited(&room, id, out.as_deref()),
        ReleaseCommand::Notes {
            id, template, out, ..
        } => {
            room.compare(id)?;
            notes::run(&room, id, (*template).into(), out.as_deref())
        }
    }
}

/// What the commands work with.
struct Room<'a> {
    global: &'a Global,
    context: Context,
    desk: Arc<Desk>,
    model: Model,
    runtime: tokio::runtime::Runtime,
}

impl<'a> Room<'a> {
    fn open(global: &'a Global) -> Result<Self, Error> {
        let context = Context::open(global)?;
        let runtime = single_thread()?;
        let mut model = runtime.block_on(context.sweep());
        let desk = context.desk();
        // Without the journal a release would look as if nobody had touched it.
        desk.release_events()?;
        remember(&mut model, &desk);
        Ok(Self {
            global,
            context,
            desk,
            model,
            runtime,
        })
    }

    fn release(&self, id: &str) -> Result<&Release, Error> {
        self.model.release(id).ok_or_else(|| {
            let known: Vec<&str> = self
                .model
                .releases_in_order()
                .into_iter()
                .map(|release| release.id.as_str())
                .collect();
            let hint = if known.is_empty() {
                "`tminus release new` makes one".to_owned()
            } else {
                format!("known: {}", known.join(", "))
            };
            Error::new(Kind::Usage, format!("there is no release `{id}`")).hint(hint)
        })
    }

    /// Reads what each item of a release brings.
    fn compare(&mut self, id: &str) -> Result<(), Error> {
        let release = self.release(id)?;
        let mut questions = Vec::new();
        for item in &release.items {
            let host = self
                .model
                .catalog()
                .service(&item.service)
                .and_then(|spec| spec.host.clone());
            if let (Some(host), Some((base, head))) = (host, self.model.item_span(item)) {
                let service = item.service.clone();
                questions.push((
                    host,
                    Query::Compare {
                        service,
                        base,
                        head,
                    },
                ));
            }
        }
        let context = &self.context;
        let facts = self.runtime.block_on(async {
            let mut facts = Vec::new();
            for (host, query) in questions {
                facts.extend(context.ask(&host, query).await);
            }
            facts
        });
        for fact in facts {
            self.model.apply(fact, now());
        }
        Ok(())
    }

    fn show(&self, id: &str) -> Result<(), Error> {
        let detail = ReleaseDetail::of(&self.model, self.release(id)?, now());
        if self.global.json {
            print::json(&detail)
        } else {
            print::text(&words::detail(&detail))
        }
    }

    fn set_state(&mut self, id: &str, word: &str, reason: &str) -> Result<(), Error> {
        let to = ReleaseState::parse(word).ok_or_else(|| {
            let known: Vec<String> = ReleaseState::ALL
                .iter()
                .map(|state| state.word().replace('_', "-"))
                .collect();
            Error::new(Kind::Usage, format!("there is no state `{word}`"))
                .hint(format!("one of {}", known.join(", ")))
        })?;
        let release = self.release(id)?;
        let view = self.model.release_view(release, now());
        let change = ReleaseChange::Moved {
            from: view.state,
            to,
            unmet: self.model.unmet_gates(release, to),
        };
        self.change(id, reason, change)
    }

    fn reschedule(
        &mut self,
        id: &str,
        start: Option<&str>,
        end: Option<&str>,
        reason: &str,
    ) -> Result<(), Error> {
        let start = start.map(|text| instant("--start", text)).transpose()?;
        let end = end.map(|text| instant("--end", text)).transpose()?;
        let from = Planned::of(self.release(id)?);
        let to = from.moved(start, end);
        self.change(id, reason, ReleaseChange::Rescheduled { from, to })
    }

    fn cut(
        &mut self,
        id: &str,
        service: &ServiceName,
        dry_run: bool,
        reason: &str,
    ) -> Result<(), Error> {
        let release = self.release(id)?;
        let found = cut::what_if(self.model.catalog(), release, service)
            .map_err(|why| Error::new(Kind::Usage, why))?;
        let report = CutReport::of(release, &found);
        if dry_run {
            return if self.global.json {
                print::json(&report)
            } else {
                print::text(&words::cut(&report))
            };
        }
        if !self.global.json {
            print::text(&words::cut(&report))?;
        }
        let service = service.clone();
        self.change(id, reason, ReleaseChange::Cut { service })
    }

    /// Writes a change down and shows what came of it.
    fn change(&mut self, id: &str, reason: &str, change: ReleaseChange) -> Result<(), Error> {
        if !matches!(change, ReleaseChange::Opened { .. }) {
            self.release(id)?;
        }
        let event = ReleaseEvent {
            release: Text::new(id),
            by: actor().login,
            why: Text::new(reason.trim()),
            change,
        };
        let declared = self.model.declared_release(id).cloned();
        self.desk.change_release(declared.as_ref(), &event)?;
        remember(&mut self.model, &self.desk);
        self.show(id)
    }
}
