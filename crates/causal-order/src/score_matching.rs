//! SCORE: an order from the Hessian of the log-density.
