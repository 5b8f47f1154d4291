//! The AWS chain behind our cache: every place of it, against scripted endpoints on this machine.
//!
//! Variables are given to each configuration, never to the process, so that the cases run side by side.

mod places;
mod renewal;
mod scripted;
mod separation;
mod support;
