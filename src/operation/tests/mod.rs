mod again;
mod arming;
mod desk;
mod people;
mod policy;
mod releases;
mod simulation;
mod words;
