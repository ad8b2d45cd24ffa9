//! The networks that nobody here trained: where their parameters lie, what stands in for their images, and the check
//! that the code here computes what their authors trained.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use tensor_core::{Kind, Tensor, array_io, convert};

use super::family::Family;
use crate::support::data_set::DataSet;
use crate::support::network::{Architecture, Network};

/// Every architecture whose parameters come from elsewhere.
pub(crate) const FOREIGN: [Architecture; 5] = [
    Architecture::MnistDigits,
    Architecture::UspsDigits,
    Architecture::SvhnDigits,
    Architecture::SqueezeNet,
    Architecture::EfficientNetLite0,
];

/// What a network made of pictures whose class is known.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    /// The network's name.
    pub(crate) network: &'static str,
    /// Pictures that it was shown.
    pub(crate) n_pictures: usize,
    /// Pictures whose likeliest class was right.
    pub(crate) n_right: usize,
}

/// The data set that the network was trained on.
///
/// # Panics
///
/// If the architecture is one of the small ones: those are trained here.
pub(super) fn family(architecture: Architecture) -> Family {
    match architecture {
        Architecture::MnistDigits => Family::Here(DataSet::Mnist),
        Architecture::UspsDigits => Family::Usps,
        Architecture::SvhnDigits => Family::Svhn,
        Architecture::SqueezeNet | Architecture::EfficientNetLite0 => Family::ImageNet,
        Architecture::Shallow | Architecture::Deep | Architecture::Residual => {
            unreachable!("a small network without training images")
        }
    }
}

/// The data set whose source part is the network's source sample: MNIST for the network trained on MNIST, and for the
/// one trained on USPS, whose digits are nearest to it. Nothing here comes near SVHN or `ImageNet`.
pub(super) fn sample_data(architecture: Architecture) -> Option<DataSet> {
    match architecture {
        Architecture::MnistDigits | Architecture::UspsDigits => Some(DataSet::Mnist),
        _ => None,
    }
}

/// The file of the network's parameters in the folder of the pool.
pub(super) fn file(architecture: Architecture, directory: &Path) -> PathBuf {
    let name = match architecture {
        Architecture::MnistDigits => "ccexam-mnist",
        Architecture::UspsDigits => "ccexam-usps",
        Architecture::SvhnDigits => "ccexam-svhn",
        Architecture::SqueezeNet => "squeezenet",
        _ => "efficientnet-lite0",
    };
    directory.join(format!("{name}.safetensors"))
}

/// Reads the network.
pub(super) fn load(architecture: Architecture, directory: &Path) -> anyhow::Result<Network> {
    let parameters = array_io::read_safetensors(file(architecture, directory))?;
    Ok(Network::from_parameters(architecture, parameters)?)
}

/// Shows each network pictures that its own package brings (digits) or photographs (`ImageNet`) at the size it was
/// trained at, and fails unless it names at least three in four of them.
pub(crate) fn check(directory: &Path) -> anyhow::Result<Vec<Check>> {
    let samples = array_io::read_safetensors(directory.join("samples.safetensors"))?;
    let sample = |name: &str| {
        samples
            .get(name)
            .with_context(|| format!("samples.safetensors has no {name}"))
    };
    FOREIGN
        .into_iter()
        .map(|architecture| {
            let (pictures, side) = match architecture {
                Architecture::MnistDigits => ("mnist", 28),
                Architecture::UspsDigits => ("usps", 16),
                Architecture::SvhnDigits => ("svhn", 32),
                Architecture::SqueezeNet => ("photographs", 227),
                _ => ("photographs", 224),
            };
            let images = sample(&format!("{pictures}.images"))?;
            let right = sample(&format!("{pictures}.labels"))?;
            let check = Check {
                network: architecture.name(),
                n_pictures: images.size()[0] as usize,
                n_right: n_right(&load(architecture, directory)?, images, right, side)?,
            };
            ensure!(
                4 * check.n_right >= 3 * check.n_pictures,
                "{} names {} of {} pictures: its parameters or its layers are not what they should be",
                check.network,
                check.n_right,
                check.n_pictures
            );
            Ok(check)
        })
        .collect()
}

/// Pictures (n, c, h, w) whose likeliest class is among the right ones (n, r).
fn n_right(network: &Network, images: &Tensor, right: &Tensor, side: i64) -> anyhow::Result<usize> {
    let _no_gradient = tch::no_grad_guard();
    let pictures = images.f_to_kind(Kind::Float)?.f_div_scalar(255.0)?;
    let scores = network.head(&network.features_of_pictures(&pictures, side)?)?;
    let predicted = convert::vector::<i64>("predicted classes", &scores.f_argmax(-1, false)?)?;
    let right = convert::array2::<i64>("right classes", right)?;
    Ok(predicted
        .iter()
        .zip(right.rows())
        .filter(|(class, right)| right.iter().any(|one| one == *class))
        .count())
}
