//! Distances between graphs, orders, and both.
