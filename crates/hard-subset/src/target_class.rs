//! Hardness within the target classes, which reads the labels.
