#![allow(dead_code, missing_docs, unreachable_pub)]
pub use ::hard_subset::{Activations, Aggregation, Assignment, ClassAgnostic, ClassSpecific, Hardness, LayeredHardness, LayerCombination, PrototypeFit, Prototypes, TargetClass, TargetMargin, Result};
use transferability_metrics::{Labels, Metric, Sample};
use tensor_core::Seed;
#[derive(Clone, Copy)] pub enum SubsetSize { Fraction(f64) }
#[derive(Clone, Copy, Default)] pub enum Balance { #[default] PerClass }
#[derive(Clone, Copy)] pub struct SubsetSpec { pub size: SubsetSize, pub balance: Balance, pub min_per_class: usize, pub trim: f64 }
impl Default for SubsetSpec { fn default() -> Self { Self { size: SubsetSize::Fraction(0.5), balance: Balance::PerClass, min_per_class: 1, trim: 0.0 } } }
pub struct Subset { rows: Vec<usize>, n: usize }
impl Subset { pub fn rows(&self) -> &[usize] { &self.rows }
  pub fn coverage(&self, groups: &[usize]) -> Result<Vec<f64>> { let g = groups.iter().max().unwrap()+1; let mut k = vec![0.0; g]; let mut t = vec![0.0; g]; for &x in groups { t[x]+=1.0; } for &r in &self.rows { k[groups[r]]+=1.0; } let _ = self.n; Ok(k.iter().zip(&t).map(|(a,b)| a/b).collect()) } }
impl SubsetSpec { pub fn select(&self, h: &Hardness, l: &Labels) -> Result<Subset> {
  let SubsetSize::Fraction(f) = self.size; let mut rows = vec![];
  for c in 0..l.n_classes() { let mut of: Vec<usize> = (0..l.len()).filter(|&i| l.indices()[i]==c).collect(); let n = ((f*of.len() as f64).ceil() as usize).max(self.min_per_class).min(of.len()); of.sort_by(|&a,&b| h.values()[b].total_cmp(&h.values()[a]).then(a.cmp(&b))); rows.extend(&of[..n]); }
  rows.sort(); Ok(Subset{rows, n: l.len()}) } }
pub struct Haste<M> { pub metric: M, pub subset: SubsetSpec }
pub struct HasteScore { pub score: f64 }
impl<M: Metric> Haste<M> { pub fn sweep(&self, s: &Sample, h: &Hardness, fr: &[f64]) -> Result<Vec<HasteScore>> { fr.iter().map(|&f| { let sub = SubsetSpec{ size: SubsetSize::Fraction(f), ..self.subset }.select(h, s.labels())?; Ok(HasteScore{score: self.metric.score_subset(s, sub.rows())?}) }).collect() } }
#[derive(Debug)] pub struct References; impl References { pub fn all(_: &Activations) -> Result<Self> { Ok(Self) } }
#[derive(Clone, Copy)] pub struct GramParams { pub seed: Seed, pub x: u8 }
impl Default for GramParams { fn default() -> Self { Self { seed: Seed::new(0), x: 0 } } }
#[derive(Debug)] pub struct GramDeviation;
impl GramDeviation { pub fn fit(_: &Activations, _: &[usize], _: usize, _: &GramParams) -> Result<Self> { Ok(Self) }
 pub fn hardness(&self, a: &Activations, _: &[usize]) -> Result<LayeredHardness> { h2(a) } }
fn h2(a: &Activations) -> Result<LayeredHardness> { let per = a.layers().iter().map(|l| { let p: Vec<f64> = tensor_core::convert::vector::<f32>("x", &l.pooled()?.f_square()?.f_sum_dim_intlist([1i64].as_slice(), false, tensor_core::Kind::Float)?)?.into_iter().map(f64::from).collect(); Ok((l.name().to_owned(), Hardness::new(p)?)) }).collect::<Result<Vec<_>>>()?; LayerCombination::default().combine(per) }
#[derive(Default, Clone)] pub struct NearestSources { pub aggregation: Aggregation, pub x: u8 }
impl NearestSources { pub fn hardness(&self, _: &References, a: &Activations) -> Result<LayeredHardness> { h2(a) } }
pub mod output { use super::*; use transferability_metrics::Probabilities; use tensor_core::{Tensor, convert, Kind};
 fn v(t: Tensor) -> Result<Hardness> { Hardness::new(convert::vector::<f64>("o", &t)?) }
 pub fn entropy(p: &Probabilities) -> Result<Hardness> { let p = p.tensor().f_to_kind(Kind::Double)?; v(p.f_mul(&p.f_add_scalar(1e-300)?.f_log()?)?.f_neg()?.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Double)?) }
 pub fn margin(p: &Probabilities) -> Result<Hardness> { entropy(p) }
 pub fn energy(p: &Tensor) -> Result<Hardness> { v(p.f_logsumexp([1i64].as_slice(), false)?.f_neg()?) }
 pub fn eep_loss(p: &Probabilities, _: &Labels) -> Result<Hardness> { entropy(p) } }
