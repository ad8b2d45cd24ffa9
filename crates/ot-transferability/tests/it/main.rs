//! Integration tests of `ot-transferability`.
