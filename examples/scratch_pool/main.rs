#![allow(missing_docs, warnings, clippy::all, clippy::pedantic)]
#[path = "../source_pool/mod.rs"]
mod source_pool;
#[path = "../support/mod.rs"]
mod support;
use std::time::Instant;
use support::network::*;
use tensor_core::*;
fn main() -> anyhow::Result<()> {
    tch::set_num_threads(1);
    let dir = std::path::PathBuf::from(".local/data/pool");
    for a in [Architecture::Shallow, Architecture::Deep, Architecture::Residual, Architecture::MnistDigits, Architecture::UspsDigits, Architecture::SvhnDigits, Architecture::SqueezeNet, Architecture::EfficientNetLite0] {
        let mut rng = Seed::new(0).stream("x", 0);
        let mut net = if (a as usize) < 3 { Network::initialise(a, 10, &mut rng)? } else {
            let f = match a { Architecture::MnistDigits=>"ccexam-mnist",Architecture::UspsDigits=>"ccexam-usps",Architecture::SvhnDigits=>"ccexam-svhn",Architecture::SqueezeNet=>"squeezenet",_=>"efficientnet-lite0"};
            Network::from_parameters(a, array_io::read_safetensors(dir.join(format!("{f}.safetensors")))?)? };
        net.replace_head(10, &mut rng)?;
        let x = random::normal(&mut rng, &[32,1,28,28], Kind::Float)?;
        let y = Tensor::f_zeros(32i64, (Kind::Int64, Device::Cpu))?;
        let mut adam = nn::Adam::new(net.parameters(), nn::AdamParams::default())?;
        let (mut f, mut b, mut s) = (f64::MAX, f64::MAX, f64::MAX);
        for _ in 0..12 {
            adam.zero_grad()?;
            let t = Instant::now();
            let l = support::training::cross_entropy(&net.head(&net.features(&x)?)?, &y)?;
            f = f.min(t.elapsed().as_secs_f64()); let t = Instant::now();
            l.f_backward()?;
            b = b.min(t.elapsed().as_secs_f64()); let t = Instant::now();
            adam.step()?;
            s = s.min(t.elapsed().as_secs_f64());
        }
        println!("{}: forward {:.1} backward {:.1} step {:.1} ms", a.name(), f*1e3, b*1e3, s*1e3);
    }
    Ok(())
}
