//! Random and easy subsets: what a hard one is to be compared with.
