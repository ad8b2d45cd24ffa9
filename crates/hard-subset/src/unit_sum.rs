//! Sums of unit vectors that do not depend on the order of the terms.
