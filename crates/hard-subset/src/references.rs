//! Source samples that are kept: a sample without replacement that shards can draw together.
