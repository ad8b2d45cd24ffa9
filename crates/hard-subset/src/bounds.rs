//! What a score on the hard subset says about the best head, and about the score on everything.
