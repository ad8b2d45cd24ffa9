//! NOTEARS: continuous optimisation under a trace-exponential constraint.
