//! Markov equivalence classes: size and members.
