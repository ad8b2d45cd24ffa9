//! Tests of the public interface.

// Chooses the LAPACK behind ndarray-linalg.
extern crate openblas_src;
