//! Which wheels hold libtorch on which platform, and which of their files belong into the layout.

/// Version that tch 0.26 is made for.
pub(super) const VERSION: &str = "2.13.0";

/// A wheel, known to the byte.
#[derive(Debug, Clone)]
pub(super) struct Wheel {
    /// `name==version`.
    pub(super) requirement: String,
    /// File name on the package index.
    pub(super) file: String,
    /// SHA-256 of the file.
    pub(super) sha256: String,
    /// Size of the file.
    pub(super) bytes: u64,
    /// Folder in the wheel whose files named in `libraries` go to `lib/`.
    pub(super) library_folder: String,
    /// File names to take from that folder.
    pub(super) libraries: Vec<String>,
    /// Folder in the wheel that becomes `include/`, if it has one.
    pub(super) include_folder: Option<String>,
}

/// What the layout is made of on one platform.
#[derive(Debug, Clone)]
pub(super) struct Platform {
    /// The wheels, the one with libtorch itself first.
    pub(super) wheels: Vec<Wheel>,
    /// The library that every program loads, by file name.
    pub(super) main_library: String,
    /// Content of a `lib/libtorch.so` of our own. The wheel's would ask for the CUDA half of libtorch.
    pub(super) linker_script: Option<String>,
}

/// The platform that this program was built for, if set-up knows its wheels.
///
/// The Linux x86-64 layout is built and tested against daily. The other two list the files that the wheels'
/// libraries ask for, and their hashes; nobody has run them yet.
pub(super) fn host() -> Option<Platform> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Some(linux_x86_64()),
        ("linux", "aarch64") => Some(linux_aarch64()),
        ("macos", "aarch64") => Some(macos_aarch64()),
        _ => None,
    }
}

fn linux_x86_64() -> Platform {
    Platform {
        wheels: vec![
            torch(
                "manylinux_2_28_x86_64",
                "60fcdcb2f3876e21146cb4524ef06397d727ca9ad5f020818547e25075fe3cb7",
                526_574_961,
                &["libtorch_cpu.so", "libc10.so", "libgomp.so.1"],
            ),
            cuda_runtime(
                "manylinux2014_x86_64.manylinux_2_17_x86_64",
                "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
                2_243_632,
            ),
            cupti(
                "manylinux_2_25_x86_64",
                "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8",
                10_715_597,
            ),
        ],
        main_library: "libtorch_cpu.so".to_owned(),
        linker_script: Some("INPUT ( libtorch_cpu.so )\n".to_owned()),
    }
}

fn linux_aarch64() -> Platform {
    Platform {
        wheels: vec![
            torch(
                "manylinux_2_28_aarch64",
                "092790c696a760c729fd5722835f50b9d81fd7c8f141571f3f3cf4081a8f664c",
                427_199_369,
                &[
                    "libtorch_cpu.so",
                    "libc10.so",
                    "libgomp.so.1",
                    "libarm_compute.so",
                    "libarm_compute_graph.so",
                    "libnvpl_blas_core.so.0",
                    "libnvpl_blas_lp64_gomp.so.0",
                    "libnvpl_lapack_core.so.0",
                    "libnvpl_lapack_lp64_gomp.so.0",
                ],
            ),
            cuda_runtime(
                "manylinux2014_aarch64.manylinux_2_17_aarch64",
                "ef9bcbe90493a2b9d810e43d249adb3d02e98dd30200d86607d8d02687c43f55",
                2_261_060,
            ),
            cupti(
                "manylinux_2_25_aarch64",
                "796bd679890ee55fb14a94629b698b6db54bcfd833d391d5e94017dd9d7d3151",
                10_310_827,
            ),
        ],
        ..linux_x86_64()
    }
}

fn macos_aarch64() -> Platform {
    Platform {
        wheels: vec![torch(
            "macosx_14_0_arm64",
            "e76f9bcecc52b8ff711239a2f7547d5353df95878ab232f0773c1d95928b92f8",
            111_187_938,
            &[
                "libtorch.dylib",
                "libtorch_cpu.dylib",
                "libc10.dylib",
                "libomp.dylib",
            ],
        )],
        main_library: "libtorch_cpu.dylib".to_owned(),
        linker_script: None,
    }
}

/// libtorch itself. It does not depend on Python, so the wheel for one Python serves every user.
fn torch(tag: &str, sha256: &str, bytes: u64, libraries: &[&str]) -> Wheel {
    Wheel {
        requirement: format!("torch=={VERSION}"),
        file: format!("torch-{VERSION}-cp311-cp311-{tag}.whl"),
        sha256: sha256.to_owned(),
        bytes,
        library_folder: "torch/lib".to_owned(),
        libraries: libraries.iter().map(|&name| name.to_owned()).collect(),
        include_folder: Some("torch/include".to_owned()),
    }
}

/// The CUDA runtime, which the CPU half of libtorch asks the loader for but does not use without a GPU.
fn cuda_runtime(tag: &str, sha256: &str, bytes: u64) -> Wheel {
    nvidia(
        "nvidia-cuda-runtime",
        "13.0.96",
        tag,
        sha256,
        bytes,
        "libcudart.so.13",
    )
}

/// The CUDA profiling interface, asked for in the same way.
fn cupti(tag: &str, sha256: &str, bytes: u64) -> Wheel {
    nvidia(
        "nvidia-cuda-cupti",
        "13.0.85",
        tag,
        sha256,
        bytes,
        "libcupti.so.13",
    )
}

fn nvidia(name: &str, version: &str, tag: &str, sha256: &str, bytes: u64, library: &str) -> Wheel {
    Wheel {
        requirement: format!("{name}=={version}"),
        file: format!("{}-{version}-py3-none-{tag}.whl", name.replace('-', "_")),
        sha256: sha256.to_owned(),
        bytes,
        library_folder: "nvidia/cu13/lib".to_owned(),
        libraries: vec![library.to_owned()],
        include_folder: None,
    }
}
