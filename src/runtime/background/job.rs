//! What the screen asks the background for.

use std::{collections::HashMap, fs::File, sync::Arc};

use chrono::TimeDelta;

use crate::{
    domain::{
        Intent, Note, OperationId, Origin, Release, ReleaseEvent, ServiceName, SourceId,
        WindowEvent,
    },
    integrations::contract::Query,
    operation::{Answers, Situation, plan::Drafted},
};

/// What the screen asks for.
pub(super) enum Job {
    Check {
        ticket: u64,
        intent: Box<Intent>,
        again_of: Option<OperationId>,
        situation: Box<Situation>,
    },
    CheckPlan {
        ticket: u64,
        drafted: Box<Drafted>,
        situations: HashMap<ServiceName, Situation>,
    },
    CheckBatch(u64, Vec<(Intent, Situation)>),
    StopPlan(OperationId),
    Situation {
        ticket: u64,
        situation: Box<Situation>,
    },
    Preview {
        ticket: u64,
        reason: String,
    },
    Confirm {
        ticket: u64,
        answers: Answers,
    },
    Forget(u64),
    Look(OperationId),
    Arm(TimeDelta),
    Disarm,
    Fetch(SourceId, Query),
    ReadLog(Origin, Arc<File>),
    Classed(Origin, &'static str),
    SaveNote(Note),
    ChangeRelease(Option<Box<Release>>, ReleaseEvent),
    ChangeWindow(WindowEvent),
    ReadReleases,
    OpenPage(String),
    Later(Box<dyn FnOnce() + Send>),
}
