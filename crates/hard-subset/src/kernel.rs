//! Similarities of two feature vectors.
