mod desk;
mod people;
mod policy;
mod simulation;
mod words;
