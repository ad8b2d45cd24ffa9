//! Hardness read off the source head: entropy, margin, energy, losses.
