//! The application as people and clients meet it.

mod forgery;
mod running;
mod settings;
mod story;
mod tutorial;
mod visitor;
