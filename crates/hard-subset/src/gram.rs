//! Gram statistics of activations, their bounds on the source, and deviations from them.
