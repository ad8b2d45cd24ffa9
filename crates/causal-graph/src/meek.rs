//! Meek's orientation rules.
