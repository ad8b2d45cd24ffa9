//! Row sums of the Gram matrices of one sample, of every order.
#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]

use pulp::{Arch, Simd, WithSimd};

/// Places that are worked on side by side, whatever the processor's vectors hold: the order of a sum never changes.
const LANES: usize = 16;

/// Workspace for the row sums of one sample after the other.
#[derive(Debug, Default)]
pub(super) struct RowSums {
    /// The activations over their scale; each channel's places are filled up with zeros to whole lanes.
    scaled: Vec<f64>,
    /// Sums over the channels: all orders of the first [`LANES`] places, then of the next.
    column_sums: Vec<[f64; LANES]>,
    /// Sums of one channel, of each order.
    channel_sums: Vec<[f64; LANES]>,
}

impl RowSums {
    /// Writes `sign(g) |g|^(1/p)` of each order and channel, `(orders, c)`, for the activations `(c, places)` of one sample.
    ///
    /// With s a power of two, `g(F) = s^2p g(F/s)`, so that the root is `s^2` times that of `F/s`, exactly. The largest
    /// entry of `F/s` lies from 1 to 2: no power overflows.
    pub(super) fn of<T: Copy + Into<f64>>(
        &mut self,
        activations: &[T],
        n_channels: usize,
        orders: &[u32],
        statistics: &mut [f64],
    ) {
        Arch::new().dispatch(Sample {
            workspace: self,
            activations,
            n_channels,
            orders,
            statistics,
        });
    }
}

struct Sample<'a, T> {
    workspace: &'a mut RowSums,
    activations: &'a [T],
    n_channels: usize,
    orders: &'a [u32],
    statistics: &'a mut [f64],
}

impl<T: Copy + Into<f64>> WithSimd for Sample<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let greatest = greatest_magnitude(self.activations);
        if greatest == 0.0 {
            self.statistics.fill(0.0);
            return;
        }
        let scale = Scale::of(greatest);
        if self.activations.len() == self.n_channels {
            self.vector(scale);
        } else {
            self.map(scale);
        }
    }
}

impl<T: Copy + Into<f64>> Sample<'_, T> {
    /// One place: `g_c = F_c^p t` with one `t = sum_c F_c^p`, whose root is `|F_c| |t|^(1/p)`.
    #[inline(always)]
    fn vector(self, scale: Scale) {
        let Self {
            workspace,
            activations,
            n_channels,
            orders,
            statistics,
        } = self;
        workspace.scaled.clear();
        workspace
            .scaled
            .extend(activations.iter().map(|&value| scale.divide(value.into())));
        workspace.scaled.resize(n_channels.next_multiple_of(LANES), 0.0);
        let sums = &mut workspace.channel_sums;
        sums.clear();
        sums.resize(orders.len(), [0.0; LANES]);
        let (chunks, _) = workspace.scaled.as_chunks::<LANES>();
        for chunk in chunks {
            add_powers(chunk, orders, sums);
        }
        for ((&order, &sums), statistics) in orders
            .iter()
            .zip(&*sums)
            .zip(statistics.chunks_exact_mut(n_channels))
        {
            let root = signed_root(total(sums), order);
            for (statistic, &value) in statistics.iter_mut().zip(&workspace.scaled) {
                let base = if order % 2 == 0 { value.abs() } else { value };
                // Adding 0 makes -0 to 0: equal statistics have equal bits.
                *statistic = scale.multiply_twice(base * root) + 0.0;
            }
        }
    }

    /// `g_c = sum_q F_cq^p t_q` with `t_q = sum_c F_cq^p`: two passes over the scaled activations for all orders together.
    #[inline(always)]
    fn map(self, scale: Scale) {
        let Self {
            workspace,
            activations,
            n_channels,
            orders,
            statistics,
        } = self;
        let n_places = activations.len() / n_channels;
        let n_chunks = n_places.div_ceil(LANES);
        let scaled = &mut workspace.scaled;
        scaled.resize(n_channels * n_chunks * LANES, 0.0);
        let column_sums = &mut workspace.column_sums;
        column_sums.clear();
        column_sums.resize(n_chunks * orders.len(), [0.0; LANES]);
        let sums = &mut workspace.channel_sums;

        let channels = scaled.chunks_exact_mut(n_chunks * LANES);
        for (channel, activations) in channels.zip(activations.chunks_exact(n_places)) {
            for (scaled, &value) in channel.iter_mut().zip(activations) {
                *scaled = scale.divide(value.into());
            }
            channel[n_places..].fill(0.0);
            let (chunks, _) = channel.as_chunks::<LANES>();
            for (chunk, column_sums) in chunks.iter().zip(column_sums.chunks_exact_mut(orders.len())) {
                add_powers(chunk, orders, column_sums);
            }
        }

        for (channel, activations) in scaled.chunks_exact(n_chunks * LANES).enumerate() {
            sums.clear();
            sums.resize(orders.len(), [0.0; LANES]);
            let (chunks, _) = activations.as_chunks::<LANES>();
            for (chunk, column_sums) in chunks.iter().zip(column_sums.chunks_exact(orders.len())) {
                add_weighted_powers(chunk, orders, column_sums, sums);
            }
            for (index, (&order, &sums)) in orders.iter().zip(&*sums).enumerate() {
                let root = signed_root(total(sums), order);
                statistics[index * n_channels + channel] = scale.multiply_twice(root) + 0.0;
            }
        }
    }
}

/// A power of two, as two factors: that of the smallest numbers' inverse is no double.
#[derive(Debug, Clone, Copy)]
struct Scale {
    exponent: i32,
}

impl Scale {
    /// The power of two that brings a positive number to 1 or more, below 2.
    fn of(greatest: f64) -> Self {
        Self {
            exponent: exponent(greatest),
        }
    }

    #[inline(always)]
    fn divide(self, value: f64) -> f64 {
        let half = -self.exponent / 2;
        value * power_of_two(half) * power_of_two(-self.exponent - half)
    }

    /// The number times the square of the scale.
    #[inline(always)]
    fn multiply_twice(self, value: f64) -> f64 {
        let half = self.exponent / 2;
        let (first, second) = (power_of_two(half), power_of_two(self.exponent - half));
        value * first * second * first * second
    }
}

/// `floor(log2(x))` of a positive finite number.
fn exponent(value: f64) -> i32 {
    let field = (value.to_bits() >> 52) as i32;
    if field > 0 {
        field - 1023
    } else {
        // A subnormal: its 52 bits count units of 2^-1074.
        63 - value.to_bits().leading_zeros() as i32 - 1074
    }
}

/// `2^exponent`, a normal double.
#[inline(always)]
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

#[inline(always)]
fn greatest_magnitude<T: Copy + Into<f64>>(values: &[T]) -> f64 {
    let mut lanes = [0.0_f64; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            let magnitude = chunk[lane].into().abs();
            lanes[lane] = if magnitude > lanes[lane] {
                magnitude
            } else {
                lanes[lane]
            };
        }
    }
    let rest = rest.iter().map(|&value| value.into().abs());
    lanes.into_iter().chain(rest).fold(0.0, f64::max)
}

/// Adds the powers of some numbers to the sums, one an order.
#[inline(always)]
fn add_powers(values: &[f64; LANES], orders: &[u32], sums: &mut [[f64; LANES]]) {
    let mut power = Power::of(values);
    for (&order, sums) in orders.iter().zip(sums) {
        power.raise(values, order);
        for (sum, value) in sums.iter_mut().zip(power.values) {
            *sum += value;
        }
    }
}

/// Adds the powers of some numbers, times the factors of each order, to the sums, one an order.
#[inline(always)]
fn add_weighted_powers(
    values: &[f64; LANES],
    orders: &[u32],
    factors: &[[f64; LANES]],
    sums: &mut [[f64; LANES]],
) {
    let mut power = Power::of(values);
    for ((&order, factors), sums) in orders.iter().zip(factors).zip(sums) {
        power.raise(values, order);
        // A copy cannot overlap the factors, whatever the compiler knows of the two: it keeps to vectors.
        let mut updated = *sums;
        for ((sum, value), factor) in updated.iter_mut().zip(power.values).zip(*factors) {
            *sum += value * factor;
        }
        *sums = updated;
    }
}

/// A power of some numbers, by running multiplication.
struct Power {
    values: [f64; LANES],
    order: u32,
}

impl Power {
    #[inline(always)]
    fn of(values: &[f64; LANES]) -> Self {
        Self {
            values: *values,
            order: 1,
        }
    }

    /// Raises the power of the values to an order that is no lower.
    #[inline(always)]
    fn raise(&mut self, values: &[f64; LANES], order: u32) {
        while self.order < order {
            for (power, value) in self.values.iter_mut().zip(values) {
                *power *= value;
            }
            self.order += 1;
        }
    }
}

/// `sign(x) |x|^(1/p)`.
#[inline(always)]
fn signed_root(value: f64, order: u32) -> f64 {
    let magnitude = value.abs();
    let root = match order {
        1 => magnitude,
        2 => magnitude.sqrt(),
        3 => magnitude.cbrt(),
        4 => magnitude.sqrt().sqrt(),
        8 => magnitude.sqrt().sqrt().sqrt(),
        _ => magnitude.powf(1.0 / f64::from(order)),
    };
    root.copysign(value)
}

#[inline(always)]
fn total(mut lanes: [f64; LANES]) -> f64 {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
        half /= 2;
    }
    lanes[0]
}
