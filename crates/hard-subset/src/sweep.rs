//! One metric on nested subsets: all fractions in one pass.
