//! PC from end to end.

mod oracle;
mod peers;
mod threads;
