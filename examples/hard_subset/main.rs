//! Does the harder part of the target sample tell more about transfer than the whole?

fn main() {}
