//! Mean unit vectors of the source classes, fitted as the source samples stream by.
