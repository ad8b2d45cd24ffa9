//! Golden.
#![forbid(unsafe_code)]
