//! Devices: read a name, resolve it to something this machine has, and name it again.
//!
//! An algorithm never chooses a device: it runs where its input lies. A program resolves the device once, at its
//! edge, and moves its data there. Nothing falls back to the processor in silence.

use tch::{Cuda, Device, utils};

use crate::{Error, Result};

/// Reads a device name: `cpu`, `cuda` (the first CUDA device), `cuda:<index>` or `mps`.
///
/// # Errors
///
/// [`Error::UnknownDevice`] for any other text. Whether the device exists is [`resolve`]'s question.
///
/// # Examples
///
/// ```
/// use tensor_core::{Device, device};
///
/// assert_eq!(device::parse("cuda:1")?, Device::Cuda(1));
/// assert_eq!(device::parse("cuda")?, Device::Cuda(0));
/// assert!(device::parse("gpu").is_err());
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn parse(text: &str) -> Result<Device> {
    match text {
        "cpu" => Ok(Device::Cpu),
        "cuda" => Ok(Device::Cuda(0)),
        "mps" => Ok(Device::Mps),
        _ => text
            .strip_prefix("cuda:")
            // `parse` alone would also take a sign.
            .filter(|index| index.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|index| index.parse().ok())
            .map(Device::Cuda)
            .ok_or_else(|| Error::UnknownDevice { got: text.to_owned() }),
    }
}

/// The device itself if this machine and this libtorch have it.
///
/// # Errors
///
/// [`Error::DeviceUnavailable`] saying what is missing. There is no fall-back to another device.
///
/// # Examples
///
/// ```
/// use tensor_core::{Device, device};
///
/// assert_eq!(device::resolve(Device::Cpu)?, Device::Cpu);
/// let error = device::resolve(Device::Cuda(999)).unwrap_err();
/// assert!(error.to_string().starts_with("device cuda:999 is not available"));
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn resolve(device: Device) -> Result<Device> {
    let missing = match device {
        Device::Cpu => None,
        Device::Cuda(index) => missing_for_cuda(index, Cuda::device_count()),
        Device::Mps => (!utils::has_mps())
            .then(|| "this libtorch has no MPS back end, or this machine no Apple GPU".to_owned()),
        Device::Vulkan => Some("Vulkan is not supported".to_owned()),
    };
    match missing {
        None => Ok(device),
        Some(missing) => Err(Error::DeviceUnavailable {
            requested: device,
            missing,
        }),
    }
}

/// The name of a device, which [`parse`] reads back: `cpu`, `cuda:<index>`, `mps`.
///
/// # Examples
///
/// ```
/// use tensor_core::{Device, device};
///
/// assert_eq!(device::name(Device::Cuda(0)), "cuda:0");
/// ```
pub fn name(device: Device) -> String {
    match device {
        Device::Cpu => "cpu".to_owned(),
        Device::Cuda(index) => format!("cuda:{index}"),
        Device::Mps => "mps".to_owned(),
        Device::Vulkan => "vulkan".to_owned(),
    }
}

/// What stands between `cuda:<index>` and a machine with `device_count` CUDA devices, if anything.
fn missing_for_cuda(index: usize, device_count: i64) -> Option<String> {
    match device_count {
        ..=0 => {
            Some("libtorch sees no CUDA device (a build without CUDA, no driver, or no device)".to_owned())
        }
        1 if index > 0 => Some("there is 1 CUDA device, cuda:0".to_owned()),
        n if index >= n as usize => Some(format!("there are {n} CUDA devices, cuda:0 to cuda:{}", n - 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_are_not_devices_are_refused() {
        for text in [
            "", "CPU", " cpu", "gpu", "cuda:", "cuda:+1", "cuda:-1", "cuda:x", "cuda:1 ", "mps:0", "vulkan",
        ] {
            let error = parse(text).expect_err("no device");
            assert!(
                matches!(error, Error::UnknownDevice { ref got } if got == text),
                "`{text}`: {error}"
            );
        }
        // More digits than an index can have.
        assert!(parse("cuda:99999999999999999999999").is_err());
    }

    #[test]
    fn a_device_that_is_missing_is_named_with_the_reason() {
        assert_eq!(missing_for_cuda(0, 1), None);
        assert_eq!(missing_for_cuda(3, 4), None);
        assert!(missing_for_cuda(0, 0).is_some_and(|text| text.contains("no CUDA device")));
        assert!(missing_for_cuda(1, 1).is_some_and(|text| text.contains("1 CUDA device, cuda:0")));
        assert!(missing_for_cuda(4, 4).is_some_and(|text| text.contains("cuda:0 to cuda:3")));

        let error = resolve(Device::Vulkan).expect_err("Vulkan is never available");
        assert_eq!(
            error.to_string(),
            "device vulkan is not available: Vulkan is not supported"
        );
    }

    proptest! {
        #[test]
        fn parse_inverts_name(device in prop_oneof![
            Just(Device::Cpu),
            Just(Device::Mps),
            any::<usize>().prop_map(Device::Cuda),
        ]) {
            prop_assert_eq!(parse(&name(device)).expect("a name that was written here"), device);
        }
    }
}
