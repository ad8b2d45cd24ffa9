//! Frequencies of edges and orders over resamples.
