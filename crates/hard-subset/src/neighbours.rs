//! Disagreement of a target sample with its neighbours.
