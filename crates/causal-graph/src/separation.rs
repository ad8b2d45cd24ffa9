//! d-separation.
