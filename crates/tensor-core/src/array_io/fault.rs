//! What goes wrong inside a file, before anyone has said which file it is.

use std::io;
use std::path::Path;

use tch::TchError;

use crate::Error;

/// The formats know nothing of paths: their functions return this, and the public function adds the path.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The operating system refused to read or write.
    Io(io::Error),
    /// The content is not what its header, or the format, says.
    Format(String),
    /// libtorch refused an operation.
    Torch(TchError),
}

impl Fault {
    /// The error of a file.
    pub(crate) fn at(self, path: &Path) -> Error {
        match self {
            Self::Io(reason) => Error::Io {
                path: path.to_owned(),
                reason,
            },
            Self::Format(reason) => Error::Format {
                path: path.to_owned(),
                reason,
            },
            Self::Torch(error) => error.into(),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<TchError> for Fault {
    fn from(error: TchError) -> Self {
        Self::Torch(error)
    }
}
