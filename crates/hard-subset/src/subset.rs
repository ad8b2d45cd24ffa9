//! Which samples are kept.
