mod again;
mod arming;
mod desk;
mod people;
mod policy;
mod simulation;
mod words;
