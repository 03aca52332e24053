//! Problems that tell whether a layer can do what it is for, and their training.

pub mod adding;
