//! Any metric on the hard subset.
