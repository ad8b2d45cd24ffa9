//! A sum of doubles without rounding, whatever the order of the terms.
