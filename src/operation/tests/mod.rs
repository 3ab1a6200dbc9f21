mod desk;
mod policy;
mod simulation;
mod words;
