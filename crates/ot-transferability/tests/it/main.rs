//! Integration tests of `ot-transferability`.

mod gaussian;
mod joint;
mod one_dimensional;
mod sliced;
