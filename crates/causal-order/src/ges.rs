//! Greedy equivalence search.
