mod again;
mod arming;
mod desk;
mod policy;
mod simulation;
mod words;
