//! What the two sides of a comparison measure alike: CPU time, memory, and what the machine could do.

#![allow(dead_code, reason = "each program uses its part of it")]

use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use cpu_time::ProcessTime;
use serde::Serialize;
use tensor_core::{Device, Kind, Tensor};

/// Repetitions stop after this many, or when this much time has passed: as in the scripts of `peers/`.
const REPETITIONS: usize = 5;
const BUDGET: Duration = Duration::from_secs(20);

/// The work that no algorithm for a case can avoid.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Floor {
    /// Operations at the rate of a matrix product.
    pub(crate) flops: f64,
    /// Bytes that are read.
    pub(crate) bytes: f64,
    /// Exponentials.
    pub(crate) exponentials: f64,
}

/// The values of `--dir` and `--case`, if they are given. Whatever else cargo passes on is not for this program.
pub(crate) fn requested() -> Result<Option<(PathBuf, String)>> {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |flag: &str| {
        let place = arguments.iter().position(|argument| argument == flag)?;
        arguments.get(place + 1).cloned()
    };
    match (value("--dir"), value("--case")) {
        (None, None) => Ok(None),
        (Some(folder), Some(case)) => Ok(Some((folder.into(), case))),
        _ => bail!("--dir and --case go together"),
    }
}

/// The result of `run`, the least CPU seconds of its repetitions, and their number.
pub(crate) fn least_cpu_time<T>(mut run: impl FnMut() -> Result<T>) -> Result<(T, f64, usize)> {
    let started = Instant::now();
    let mut least = f64::INFINITY;
    let mut repetitions = 0;
    loop {
        let before = ProcessTime::now();
        let result = run()?;
        least = least.min(before.elapsed().as_secs_f64());
        repetitions += 1;
        if repetitions >= REPETITIONS || started.elapsed() >= BUDGET {
            return Ok((result, least, repetitions));
        }
    }
}

/// `f64` operations of a 2048^3 matrix product in a second.
pub(crate) fn flops_per_second() -> Result<f64> {
    let order = 2048;
    let square = Tensor::f_ones([order, order], (Kind::Double, Device::Cpu))?.f_mul_scalar(0.5)?;
    let (_, seconds, _) = least_cpu_time(|| Ok(black_box(square.f_matmul(&square)?)))?;
    Ok(2.0 * (order as f64).powi(3) / seconds)
}

/// Bytes read in a sum over 400 MB in a second.
pub(crate) fn bytes_per_second() -> Result<f64> {
    let long = Tensor::f_ones([50_000_000], (Kind::Double, Device::Cpu))?;
    let (_, seconds, _) = least_cpu_time(|| Ok(black_box(long.f_sum(None)?)))?;
    Ok(8.0 * long.numel() as f64 / seconds)
}

/// Vectorised `f64` exponentials of numbers in the cache in a second.
#[allow(dead_code, reason = "not every comparison has exponentials in its floors")]
pub(crate) fn exponentials_per_second() -> Result<f64> {
    let rounds = 5000;
    let numbers = Tensor::f_linspace(-30.0, 0.0, 8192, (Kind::Double, Device::Cpu))?;
    let mut exponentials = numbers.f_zeros_like()?;
    let ((), seconds, _) = least_cpu_time(|| {
        for _ in 0..rounds {
            black_box(&mut exponentials).f_copy_(&numbers)?;
            let _ = exponentials.f_exp_()?;
        }
        Ok(())
    })?;
    Ok(f64::from(rounds) * numbers.numel() as f64 / seconds)
}

/// The most memory that this process has held at once, in megabytes (10^6 bytes).
#[allow(dead_code, reason = "not every comparison measures memory")]
pub(crate) fn peak_megabytes() -> Result<f64> {
    memory("VmHWM:")
}

/// The memory that this process holds now, in megabytes (10^6 bytes); the peak is counted from here on.
#[allow(dead_code, reason = "not every comparison measures memory")]
pub(crate) fn resident_megabytes() -> Result<f64> {
    // What `man 5 proc` gives for setting the peak back to the present.
    std::fs::write("/proc/self/clear_refs", "5").context("the peak of memory is set back on Linux only")?;
    memory("VmRSS:")
}

fn memory(field: &str) -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status").context("memory is read on Linux only")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    Ok(kibibytes.with_context(|| format!("/proc/self/status has no {field}"))? * 1024.0 / 1e6)
}
