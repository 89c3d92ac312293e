//! The measurements of `docs/cortex.md`: `cargo run --release -p baihui-head --example cortex_evidence [OUT [TABLE]]`.
//!
//! `OUT` receives the targets of the round trip and their places on the scalp as `x,y,z,sx,sy,sz`; with `TABLE`
//! (lines `label,x,y,z`) those targets go there instead, for the comparison with other programs.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a report for people, not a part of the product"
)]

use std::{error::Error, fs, time::Instant};

use baihui_head::{
    Point, Side,
    cortex::{Beneath, Place, Projection, Sampling, regions::Region},
    mni::Variation,
    template::template,
};
use glam::DVec3;
use rand_pcg::{Pcg64Mcg, rand_core::Rng};

struct Random(Pcg64Mcg);

impl Random {
    fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * libm::log(self.uniform())).sqrt() * libm::cos(std::f64::consts::TAU * self.uniform())
    }
}

fn quantiles(mut d: Vec<f64>) -> String {
    d.sort_by(f64::total_cmp);
    let n = d.len().max(1);
    let q = |f: f64| d[((f * n as f64) as usize).min(n - 1)];
    let mean = d.iter().sum::<f64>() / n as f64;
    format!(
        "n {n}, mean {mean:.1}, median {:.1}, 75 % {:.1}, 95 % {:.1}, max {:.1} mm",
        q(0.5),
        q(0.75),
        q(0.95),
        q(1.0)
    )
}

/// A random field over space with a standard deviation of `sd` along each axis and a correlation length.
struct Field {
    waves: Vec<(DVec3, f64, DVec3)>,
}

impl Field {
    fn new(random: &mut Random, sd: f64, length: f64) -> Self {
        let n = 40;
        let waves = (0..n).map(|_| {
            let k = DVec3::new(random.normal(), random.normal(), random.normal()) / length;
            let a = DVec3::new(random.normal(), random.normal(), random.normal())
                * sd
                * (2.0 / f64::from(n)).sqrt();
            (k, std::f64::consts::TAU * random.uniform(), a)
        });
        Self { waves: waves.collect() }
    }

    fn at(&self, p: DVec3) -> DVec3 {
        self.waves.iter().map(|(k, phase, a)| *a * libm::cos(k.dot(p) + phase)).sum()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let head = template();
    let start = Instant::now();
    let beneath = Beneath::new(&head)?;
    println!("built-in head made ready in {:.0} ms", 1e3 * start.elapsed().as_secs_f64());
    let brain = head.brain.as_ref().ok_or("the built-in head has no brain")?;
    let mut random = Random(Pcg64Mcg::new(4711));

    if let Some(table) = std::env::args().nth(2) {
        let mut rows = String::from("label,x,y,z,sx,sy,sz,ms\n");
        for line in
            fs::read_to_string(table)?.lines().filter(|l| !l.starts_with('#') && !l.starts_with("label"))
        {
            let f: Vec<&str> = line.split(',').collect();
            let [label, x, y, z] = f[..] else { continue };
            let at = DVec3::new(x.parse()?, y.parse()?, z.parse()?);
            let start = Instant::now();
            let row = match beneath.above(&head, Point::new(at)) {
                Ok(a) => format!("{:.2},{:.2},{:.2}", a.position.mm.x, a.position.mm.y, a.position.mm.z),
                Err(e) => format!("refused: {e},,"),
            };
            let ms = 1e3 * start.elapsed().as_secs_f64();
            rows += &format!("{label},{x},{y},{z},{row},{ms:.1}\n");
        }
        fs::write(std::env::args().nth(1).unwrap_or_default(), rows)?;
        return Ok(());
    }
    // Round trip.
    let start = Instant::now();
    let mut off: Vec<Vec<f64>> = vec![Vec::new(); Projection::ALL.len() + 1];
    let mut rows = String::from("x,y,z,sx,sy,sz\n");
    let mut refused = 0;
    while off[0].len() < 1000 {
        let v = brain.vertices()[(random.uniform() * brain.vertices().len() as f64) as usize];
        // The convexity: what faces the scalp above the ears' level, not the base.
        if v.z < 0.0 {
            continue;
        }
        let Ok(above) = beneath.above(&head, Point::new(v)) else {
            refused += 1;
            continue;
        };
        let back = beneath.mni_at(above.position.mm);
        let mut sum = 0.0;
        for (k, p) in back.iter().enumerate() {
            off[k].push(p.mm.distance(v));
            sum += p.mm.distance(v);
        }
        off[Projection::ALL.len()].push(sum / back.len() as f64);
        let s = above.position.mm;
        rows += &format!("{},{},{},{},{},{}\n", v.x, v.y, v.z, s.x, s.y, s.z);
    }
    println!("\nround trip in {:.1} s ({refused} refused as not reachable)", start.elapsed().as_secs_f64());
    for (k, d) in off.into_iter().enumerate() {
        let name = Projection::ALL.get(k).map_or("mean", |m| m.name());
        println!("| {name} | {} |", quantiles(d));
    }
    if let Some(file) = std::env::args().nth(1) {
        fs::write(file, rows)?;
    }

    // Calibration: simulated people whose brains are shifted under their scalps by a smooth random field.
    let skin = head.skin.vertices();
    let tangent = |mm: DVec3| {
        let n = head.skin.normal(head.skin.closest(mm).0);
        let u = n.any_orthonormal_vector();
        [u, n.cross(u)]
    };
    let (landmarks, placing) = (4.0_f64, 3.99_f64);
    let sd = (landmarks * landmarks + placing * placing).sqrt();
    let mut places = Vec::new();
    while places.len() < 80 {
        let v = skin[(random.uniform() * skin.len() as f64) as usize];
        if v.z > 10.0 {
            places.push(v);
        }
    }
    for (what, factor) in
        [("the model's variation", 1.0), ("two thirds of it", 2.0 / 3.0), ("half more", 1.5)]
    {
        let mut bins = [[0.0_f64; 3]; 10];
        let mut brier = [0.0; 2];
        let mut total = 0.0;
        for &mm in &places {
            let axes = tangent(mm);
            let place = Place { mm, sd_axes_mm: axes.map(|a| a * sd) };
            let sampling = Sampling { draws: 2000, seed: 99, between_heads: None };
            let finding = beneath.finding(&[place], &sampling).ok_or("no finding")?;
            let people = 250;
            let mut met: Vec<Region> = Vec::new();
            for _ in 0..people {
                let field = Field::new(&mut random, factor, 50.0);
                let error = axes[0] * (random.normal() * sd) + axes[1] * (random.normal() * sd);
                let needle = mm + error;
                // The field's deviates, stretched as people vary where the needle is.
                let d = field.at(needle);
                let [i, j] = beneath.variation().axes(Point::new(needle), axes);
                let along = i * d.x + j * d.y;
                // In truth one projection is right; nobody knows which.
                let k = (random.uniform() * 4.0) as usize;
                let one = Sampling { draws: 1, seed: 1, between_heads: Some(Variation::Uniform(0.0)) };
                let exact = Place { mm: needle + along, sd_axes_mm: [DVec3::ZERO; 2] };
                let truth = beneath.finding(&[exact], &one).ok_or("no truth")?;
                met.push(truth.methods[k].regions[0].region.clone());
            }
            for share in &finding.regions {
                let b = ((share.probability * 10.0) as usize).min(9);
                for m in &met {
                    let hit = f64::from(u8::from(*m == share.region));
                    bins[b][0] += 1.0;
                    bins[b][1] += share.probability;
                    bins[b][2] += hit;
                    brier[0] += (share.probability - hit) * (share.probability - hit);
                    total += 1.0;
                }
            }
        }
        println!("\ncalibration, {what}: predicted % → observed % (places × people × regions)");
        let mut error = 0.0;
        for [n, p, hit] in bins.into_iter().filter(|b| b[0] > 0.0) {
            println!("| {:.1} | {:.1} | {n:.0} |", 100.0 * p / n, 100.0 * hit / n);
            error += (p - hit).abs();
        }
        println!("mean absolute difference {:.2} %, Brier {:.4}", 100.0 * error / total, brier[0] / total);
    }

    // Speed.
    let place = |mm: DVec3| Place { mm, sd_axes_mm: tangent(mm).map(|a| a * sd) };
    let many: Vec<Place> = places.iter().map(|&p| place(p)).collect();
    let start = Instant::now();
    for p in &many {
        beneath.finding(std::slice::from_ref(p), &Sampling::default()).ok_or("no finding")?;
    }
    println!(
        "\n{} places × 1000 draws × 4 projections: {:.0} ms",
        many.len(),
        1e3 * start.elapsed().as_secs_f64()
    );
    let cold = Beneath::new(&head)?;
    let start = Instant::now();
    let n = 3000;
    for v in skin.iter().filter(|v| v.z > 0.0).take(n) {
        std::hint::black_box(cold.mni_at(*v));
    }
    println!(
        "{n} places × 4 projections with labels: {:.0} ms (remembered ones among them)",
        1e3 * start.elapsed().as_secs_f64()
    );
    let left = beneath.mni_at(DVec3::new(-60.0, -15.0, 70.0));
    assert!(left.iter().all(|p| p.mm.x < 0.0), "{} is on the wrong side", Side::Left);
    Ok(())
}
