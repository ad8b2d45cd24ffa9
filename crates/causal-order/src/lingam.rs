//! Linear models with non-Gaussian noise.
