//! The PHP binding: the only place that names `ext_php_rs`, and with `runtime` the only one with `unsafe`.
//!
//! A method parses its arguments the way PHP's own do, runs an operation, converts the result. Rules that hold in every
//! file here: no PHP code and no Zend allocation while the runtime is driven; a Rust panic never crosses into C; memory
//! of the engine is only touched on the thread that runs the request.

mod allocator;
mod arguments;
mod array;
mod call;
mod class;
mod configuration;
mod contained;
mod contents;
mod drive;
mod exceptions;
mod future;
mod ini;
mod interrupts;
mod iterable;
mod iterator;
mod listening;
mod module;
mod native;
mod output;
mod paths;
mod progress;
mod results;
mod signature;
mod status;
mod storage;
mod stream;
mod string;
mod surface;
mod tending;
mod wrapper;
mod zend;
