//! Heads from images, scans and points: found landmarks against published ones, and the same head from spoiled images.

use std::{path::Path, time::Instant};

use anyhow::{Context, Result};
use baihui_head::{
    Head, Landmark, Landmarks, Origin, Point, Side, Surface,
    io::points::{Digitised, Kind, PointSet},
    landmark::name,
    mri, points, scan,
    tape::{self, Dimension, Entry, Input},
    template,
    ten_five::System,
    volume::{Grid, Volume},
};
use glam::{DAffine3, DMat3, DQuat, DVec3};

use super::{
    heads,
    inputs::Inputs,
    tape::{CASES, distances, four_of},
    ten_ten::{Four, sites, summary},
};

const IMAGES: [&str; 5] = ["colin27", "mni152", "ext2", "structural1", "structural2"];

pub(crate) fn run(inputs: &Inputs, _dir: &Path, shared: &Path) -> Result<()> {
    for name in IMAGES.into_iter().filter(|n| inputs.wants(n)) {
        match heads::image(inputs, shared, name) {
            Ok(image) => one(name, &image)?,
            Err(e) => println!("{name}: skipped: {e:#}"),
        }
    }
    if !inputs.wants("fsaverage") {
        return Ok(());
    }
    match heads::fif(&inputs.mne("mne/data/fsaverage/fsaverage-head.fif")?) {
        Ok(surface) => fsaverage(&surface),
        Err(e) => println!("fsaverage: skipped: {e:#}"),
    }
    Ok(())
}

/// The quick part: what is found on each image, without spoiling it.
pub(crate) fn found(inputs: &Inputs, _dir: &Path, shared: &Path) -> Result<()> {
    for name in IMAGES.into_iter().filter(|n| inputs.wants(n)) {
        match heads::image(inputs, shared, name) {
            Ok(image) => match made(&image) {
                Ok((m, seconds)) => report(name, &m, seconds)?,
                Err(e) => println!("{name}: refused: {e}"),
            },
            Err(e) => println!("{name}: skipped: {e:#}"),
        }
    }
    Ok(())
}

/// Scores, landmarks and sides of one head.
fn report(head: &str, m: &mri::MriHead, seconds: f64) -> Result<()> {
    println!(
        "\n{head}: {seconds:.1} s, score {:.3}, next turn {:.3}, skin to scalp {:.3} mm rms",
        m.score, m.next_score, m.rms_mm
    );
    for (n, side) in [
        (name::NASION, Side::Midline),
        (name::INION, Side::Midline),
        (name::PREAURICULAR, Side::Left),
        (name::PREAURICULAR, Side::Right),
    ] {
        if let Some(l) = m.head.landmarks.get(n, side) {
            let p = l.position.mm;
            println!(
                "    {n} ({side}): {:.1}, {:.1}, {:.1}, sd {:.1}, {:?}: {}",
                p.x,
                p.y,
                p.z,
                l.sd_mm,
                l.origin,
                l.method.chars().take(100).collect::<String>()
            );
        }
        if let Some(l) = m.carried.get(n, side) {
            let p = l.position.mm;
            println!("        carried: {:.1}, {:.1}, {:.1}", p.x, p.y, p.z);
        }
    }
    compare(head, &four_of(&m.head)?);
    left_and_right(head, m);
    Ok(())
}

fn made(image: &Volume) -> Result<(mri::MriHead, f64), mri::MriError> {
    let start = Instant::now();
    let m = mri::build(image, &mri::Options::default(), &mut |_, _| true)?;
    Ok((m, start.elapsed().as_secs_f64()))
}

fn one(name: &str, image: &Volume) -> Result<()> {
    let (m, seconds) = match made(image) {
        Ok(m) => m,
        Err(e) => {
            println!("{name}: refused: {e}");
            return Ok(());
        }
    };
    report(name, &m, seconds)?;
    // Heads that are the template's own image say nothing of robustness.
    if name != "colin27" {
        spoiled(image, &m);
        other_ways(&m)?;
    }
    Ok(())
}

fn compare(name: &str, found: &Four) {
    let Some(case) = CASES.iter().find(|c| c.name == name) else { return };
    let words = ["nasion", "inion", "left ear", "right ear"];
    let list: Vec<String> = words
        .iter()
        .zip(found.iter().zip(&case.four))
        .map(|(w, (a, b))| {
            format!("{w} {:.1} mm ({:+.1}, {:+.1}, {:+.1})", a.distance(*b), a.x - b.x, a.y - b.y, a.z - b.z)
        })
        .collect();
    println!("    against {}: {}", case.how, list.join("; "));
}

/// The label of the left hand area lies on the left.
fn left_and_right(name: &str, m: &mri::MriHead) {
    let labels = &template::template_labels().aal;
    let (mut left, mut right) = (0_usize, 0_usize);
    let (lpa, rpa) = (
        m.head.landmarks.mm(name::PREAURICULAR, Side::Left).unwrap_or_default(),
        m.head.landmarks.mm(name::PREAURICULAR, Side::Right).unwrap_or_default(),
    );
    if let Some(brain) = &m.head.brain {
        for v in brain.vertices().iter().step_by(7) {
            let mni = m.to_mni.transform_point3(*v);
            if let Some((label, _)) = labels.nearest(Point::new(mni), 6.0)
                && let Some(n) = labels.name(label)
            {
                let nearer_left = v.distance(lpa) < v.distance(rpa);
                if n.ends_with("_L") && nearer_left || n.ends_with("_R") && !nearer_left {
                    left += 1;
                } else if n.ends_with("_L") || n.ends_with("_R") {
                    right += 1;
                }
            }
        }
    }
    println!(
        "    {name}: of {} labelled places of the brain {right} lie nearer to the other ear",
        left + right
    );
}

/// The same image, spoiled; the same head is expected, or a reason.
fn spoiled(image: &Volume, reference: &mri::MriHead) {
    let noise = |seed: u32, sd: f64, v: &Volume| {
        let mut state = seed;
        let top = f64::from(v.data.iter().copied().fold(0.0_f32, f32::max));
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1_u32 << 24)
        };
        let mut out = v.clone();
        for x in &mut out.data {
            // Magnitude of a signal with noise in both channels (Rice).
            let (r, a) = ((-2.0 * next().max(1e-12).ln()).sqrt() * sd * top, std::f64::consts::TAU * next());
            let (re, im) = (f64::from(*x) + r * a.cos(), r * a.sin());
            *x = re.hypot(im) as f32;
        }
        out
    };
    let shaded = |v: &Volume| {
        let mut out = v.clone();
        let [nx, ny, nz] = v.grid.dims;
        for k in 0..nz {
            for j in 0..ny {
                for i in 0..nx {
                    let f = 0.6
                        + 0.8
                            * (i as f64 / nx as f64 * 0.5
                                + j as f64 / ny as f64 * 0.3
                                + k as f64 / nz as f64 * 0.2);
                    out.data[v.grid.index(i, j, k)] *= f as f32;
                }
            }
        }
        out
    };
    let cases: Vec<(&str, Volume)> = vec![
        ("stored mirrored, header right", stored(image, [2, 1, 0], [true, false, true])),
        ("stored in other axes, header right", stored(image, [1, 2, 0], [false, true, false])),
        ("resampled to 2 mm", resampled(image, DMat3::IDENTITY, 2.0)),
        ("slices of 3 mm", thick(image, 3)),
        ("turned by 12 degrees, resampled at 1 mm", resampled(image, DMat3::from_rotation_x(0.21), 1.0)),
        ("noise, sd 3 % of the brightest", noise(1, 0.03, image)),
        ("shading by a factor of 2.3", shaded(image)),
        ("noise 2 % and shading", noise(2, 0.02, &shaded(image))),
        ("same image with other noise, 2 % (retest)", noise(3, 0.02, image)),
        ("a ghost of 8 %, half a field away", ghost(image)),
        ("cropped: 25 mm of the left side", cropped(image, 0, 25.0)),
        ("cropped: 30 mm below", cropped(image, 2, 30.0)),
    ];
    println!(
        "    {:42} {:>6} {:>6} {:>6} {:>6} {:>6} {:>8} {:>8}",
        "the same head", "nasion", "inion", "left", "right", "10-10", "skin p95", "s"
    );
    for (what, volume) in &cases {
        match made(volume) {
            Ok((m, seconds)) => match apart(reference, &m) {
                Ok((four, tens, skin)) => {
                    let [n, i, l, r] = four;
                    println!(
                        "    {what:42} {n:6.2} {i:6.2} {l:6.2} {r:6.2} {tens:6.2} {skin:8.2} {seconds:8.1}"
                    );
                }
                Err(e) => println!("    {what:42} {e:#}"),
            },
            Err(e) => println!("    {what:42} refused: {e}"),
        }
    }
    for (what, volume) in [
        ("turned by 90 degrees against its header", turned(image, [0, 2, 1], [false, false, true])),
        ("upside down against its header", turned(image, [0, 1, 2], [false, true, true])),
        ("back to front against its header", turned(image, [0, 1, 2], [true, true, false])),
    ] {
        match made(&volume) {
            Ok((m, _)) => println!("    {what:42} TAKEN (score {:.3}, next {:.3})", m.score, m.next_score),
            Err(e) => println!("    {what:42} refused: {e}"),
        }
    }
    let mut brain_only = image.clone();
    let mut faceless = image.clone();
    let [nx, ny, nz] = image.grid.dims;
    for k in 0..nz {
        for j in 0..ny {
            for i in 0..nx {
                let p = image.grid.to_mm(DVec3::new(i as f64, j as f64, k as f64));
                let mni = reference.to_mni.transform_point3(p);
                let n = image.grid.index(i, j, k);
                if template::template_labels().aal.nearest(Point::new(mni), 5.0).is_none() {
                    brain_only.data[n] = 0.0;
                }
                // In front of a plane through the brows that leans back below the chin.
                if mni.y > 62.0 + 0.9 * (mni.z + 30.0).max(0.0) && mni.z < -5.0 {
                    faceless.data[n] = 0.0;
                }
            }
        }
    }
    for (what, volume) in
        [("brain alone (skull-stripped)", &brain_only), ("face cut away (defaced)", &faceless)]
    {
        match made(volume) {
            Ok((m, _)) => println!(
                "    {what:42} taken; said: {}",
                m.doubts
                    .iter()
                    .map(|d| format!("{}: {}", d.part, d.text.chars().take(120).collect::<String>()))
                    .collect::<Vec<_>>()
                    .join(" | ")
            ),
            Err(e) => println!("    {what:42} refused: {e}"),
        }
    }
}

/// Distance of each of the four points, mean of 10-10, 95th percentile of the upper skin, mm.
fn apart(a: &mri::MriHead, b: &mri::MriHead) -> Result<([f64; 4], f64, f64)> {
    let (fa, fb) = (four_of(&a.head)?, four_of(&b.head)?);
    let four = std::array::from_fn(|k| fa[k].distance(fb[k]));
    let (sa, sb) = (sites(&a.head.skin, &fa, System::TenTen)?, sites(&b.head.skin, &fb, System::TenTen)?);
    let d: Vec<f64> = sa.iter().filter_map(|(n, p)| Some(p.distance(*sb.get(n)?))).collect();
    let tens = d.iter().sum::<f64>() / d.len() as f64;
    let ears = (fa[2].z + fa[3].z) / 2.0;
    let mut skin: Vec<f64> = b
        .head
        .skin
        .vertices()
        .iter()
        .filter(|v| v.z > ears + 20.0)
        .step_by(5)
        .map(|v| a.head.skin.closest(*v).1)
        .collect();
    skin.sort_by(f64::total_cmp);
    Ok((four, tens, skin.get(skin.len() * 95 / 100).copied().unwrap_or(f64::NAN)))
}

/// The same picture in the same place, with its axes in another order and turned round in memory.
fn stored(v: &Volume, order: [usize; 3], flip: [bool; 3]) -> Volume {
    let dims = order.map(|a| v.grid.dims[a]);
    let columns = [v.grid.linear.x_axis, v.grid.linear.y_axis, v.grid.linear.z_axis];
    let mut first = DVec3::ZERO;
    let mut linear = [DVec3::ZERO; 3];
    for a in 0..3 {
        linear[a] = columns[order[a]] * if flip[a] { -1.0 } else { 1.0 };
        if flip[a] {
            first[order[a]] = dims[a] as f64 - 1.0;
        }
    }
    let offset = v.grid.to_mm(first);
    let grid = Grid { dims, linear: DMat3::from_cols(linear[0], linear[1], linear[2]), offset };
    shuffled(v, order, flip, grid)
}

/// The picture moved under a header that stays: what a careless conversion does.
fn turned(v: &Volume, order: [usize; 3], flip: [bool; 3]) -> Volume {
    let dims = order.map(|a| v.grid.dims[a]);
    shuffled(v, order, flip, Grid { dims, ..v.grid })
}

fn shuffled(v: &Volume, order: [usize; 3], flip: [bool; 3], grid: Grid) -> Volume {
    let mut data = Vec::with_capacity(v.data.len());
    let dims = grid.dims;
    for k in 0..dims[2] {
        for j in 0..dims[1] {
            for i in 0..dims[0] {
                let mut at = [0; 3];
                for (a, n) in [i, j, k].into_iter().enumerate() {
                    at[order[a]] = if flip[a] { dims[a] - 1 - n } else { n };
                }
                data.push(v.data[v.grid.index(at[0], at[1], at[2])]);
            }
        }
    }
    Volume { grid, data }
}

/// On other voxels, after a turn of the voxels' axes about the middle: the head stays where it is.
fn resampled(v: &Volume, turn: DMat3, step: f64) -> Volume {
    let size = v.grid.voxel_mm();
    let extent: Vec<f64> = (0..3).map(|a| v.grid.dims[a] as f64 * size[a]).collect();
    let dims: [usize; 3] = std::array::from_fn(|a| (extent[a] / step) as usize);
    let unit = DMat3::from_cols(
        v.grid.linear.x_axis.normalize(),
        v.grid.linear.y_axis.normalize(),
        v.grid.linear.z_axis.normalize(),
    );
    let linear = turn * unit * step;
    let last = DVec3::new(v.grid.dims[0] as f64, v.grid.dims[1] as f64, v.grid.dims[2] as f64) - 1.0;
    let middle = v.grid.to_mm(last / 2.0);
    let half = DVec3::new(dims[0] as f64, dims[1] as f64, dims[2] as f64) / 2.0 - 0.5;
    let grid = Grid { dims, linear, offset: middle - linear * half };
    let mut data = Vec::with_capacity(grid.len());
    for k in 0..dims[2] {
        for j in 0..dims[1] {
            for i in 0..dims[0] {
                data.push(v.sample(grid.to_mm(DVec3::new(i as f64, j as f64, k as f64)), 0.0) as f32);
            }
        }
    }
    Volume { grid, data }
}

/// Several slices made one.
fn thick(v: &Volume, n: usize) -> Volume {
    let [nx, ny, nz] = v.grid.dims;
    let mut data = vec![0.0; nx * ny * (nz / n)];
    for k in 0..nz / n * n {
        for (to, from) in
            data[nx * ny * (k / n)..][..nx * ny].iter_mut().zip(&v.data[nx * ny * k..][..nx * ny])
        {
            *to += from / n as f32;
        }
    }
    let linear = v.grid.linear * DMat3::from_diagonal(DVec3::new(1.0, 1.0, n as f64));
    let offset = v.grid.to_mm(DVec3::new(0.0, 0.0, (n as f64 - 1.0) / 2.0));
    Volume { grid: Grid { dims: [nx, ny, nz / n], linear, offset }, data }
}

/// A weak copy half a field of view away along the second axis, as motion leaves it.
fn ghost(v: &Volume) -> Volume {
    let [nx, ny, nz] = v.grid.dims;
    let mut out = v.clone();
    for k in 0..nz {
        for j in 0..ny {
            for i in 0..nx {
                let from = v.data[v.grid.index(i, (j + ny / 2) % ny, k)];
                out.data[v.grid.index(i, j, k)] += 0.08 * from;
            }
        }
    }
    out
}

/// Without the first millimetres along an axis of a right-anterior-superior image.
fn cropped(v: &Volume, axis: usize, mm: f64) -> Volume {
    let v = mri::canonical::axes(v);
    let n = (mm / v.grid.voxel_mm()[axis]) as usize;
    let mut first = [0; 3];
    first[axis] = n;
    let mut dims = v.grid.dims;
    dims[axis] -= n;
    let mut data = Vec::new();
    for k in first[2]..v.grid.dims[2] {
        for j in first[1]..v.grid.dims[1] {
            let row = v.grid.index(first[0], j, k);
            data.extend_from_slice(&v.data[row..row + dims[0]]);
        }
    }
    let offset = v.grid.to_mm(DVec3::new(first[0] as f64, first[1] as f64, first[2] as f64));
    Volume { grid: Grid { dims, offset, ..v.grid }, data }
}

fn landmarks(pairs: &[(&str, Side, DVec3)]) -> Landmarks {
    let mut l = Landmarks::new();
    for (n, s, p) in pairs {
        let landmark =
            Landmark { position: Point::new(*p), sd_mm: 2.0, origin: Origin::Picked, method: String::new() };
        l.insert(n, *s, landmark);
    }
    l
}

fn turn() -> DAffine3 {
    DAffine3::from_rotation_translation(
        DQuat::from_scaled_axis(DVec3::new(1.1, -0.7, 0.4)),
        DVec3::new(300.0, 20.0, -70.0),
    )
}

/// 10-10 sites of two heads after the rigid motion that brings their four points together.
fn ten_ten(a: &Head, b: &Head) -> Result<String> {
    let (fa, fb) = (four_of(a)?, four_of(b)?);
    let (sa, sb) = (sites(&a.skin, &fa, System::TenTen)?, sites(&b.skin, &fb, System::TenTen)?);
    Ok(summary(distances(&sb, &fb, &sa, &fa)))
}

/// The same person as a scan, as tape readings, as digitised points.
fn other_ways(m: &mri::MriHead) -> Result<()> {
    let built_in = template::template();
    let four = four_of(&m.head)?;
    let scan_of =
        m.scalp.with_vertices(m.scalp.vertices().iter().map(|&v| turn().transform_point3(v)).collect())?;
    let at = |i: usize| turn().transform_point3(four[i]);
    let by_hand = landmarks(&[
        (name::NASION, Side::Midline, at(0)),
        (name::PREAURICULAR, Side::Left, at(2)),
        (name::PREAURICULAR, Side::Right, at(3)),
    ]);
    for (what, l) in [("scan with three landmarks", by_hand), ("scan without landmarks", Landmarks::new())] {
        let start = Instant::now();
        let options = scan::Options { landmarks: l, ..scan::Options::default() };
        match scan::build(&built_in, &scan_of, &options, &mut |_, _| true) {
            Ok(s) => {
                let back = s.to_head * turn();
                let off: Vec<String> = [
                    (name::NASION, Side::Midline),
                    (name::INION, Side::Midline),
                    (name::PREAURICULAR, Side::Left),
                    (name::PREAURICULAR, Side::Right),
                ]
                .iter()
                .zip(&four)
                .map(|((n, side), p)| {
                    s.head
                        .landmarks
                        .mm(n, *side)
                        .map_or("-".to_owned(), |q| format!("{:.1}", q.distance(back.transform_point3(*p))))
                })
                .collect();
                println!(
                    "    MRI head against {what}: {}; four points {} mm; {:.1} s",
                    ten_ten(&m.head, &s.head)?,
                    off.join(" "),
                    start.elapsed().as_secs_f64()
                );
            }
            Err(e) => println!("    MRI head against {what}: refused: {e}"),
        }
    }
    let r = tape::measure(&m.head)?;
    let mut input = Input::default();
    for d in [Dimension::Circumference, Dimension::NasionInion, Dimension::Preauricular] {
        input.set(d, r.get(d).map(|mm| Entry::mm(mm.round())));
    }
    match tape::check(&input).and_then(|c| tape::build(&built_in, &c)) {
        Ok((t, _)) => println!("    MRI head against tape head (three readings): {}", ten_ten(&m.head, &t)?),
        Err(e) => println!("    MRI head against tape head: {e}"),
    }
    let mut points: Vec<Digitised> = ["NAS", "Iz", "LPA", "RPA"]
        .iter()
        .zip(&four)
        .map(|(n, p)| Digitised { name: (*n).to_owned(), kind: Kind::Named, mm: turn().transform_point3(*p) })
        .collect();
    let level = (four[2].z + four[3].z) / 2.0 + 30.0;
    let vault: Vec<DVec3> = m.scalp.vertices().iter().copied().filter(|v| v.z > level).collect();
    let step = (vault.len() / 100).max(1);
    points.extend(vault.iter().step_by(step).map(|p| Digitised {
        name: String::new(),
        kind: Kind::Shape,
        mm: turn().transform_point3(*p),
    }));
    match points::build(&built_in, &PointSet { points, image_axes: false, unit: None }, "") {
        Ok(p) => println!(
            "    MRI head against 4 fiducials and 100 digitised points: {}",
            ten_ten(&m.head, &p.head)?
        ),
        Err(e) => println!("    MRI head against digitised points: {e}"),
    }
    Ok(())
}

/// A complete head without an image: as a scan with and without landmarks.
fn fsaverage(surface: &Surface) {
    let Some(case) = CASES.iter().find(|c| c.name == "fsaverage") else { return };
    let built_in = template::template();
    let by_hand = landmarks(&[
        (name::NASION, Side::Midline, case.four[0]),
        (name::PREAURICULAR, Side::Left, case.four[2]),
        (name::PREAURICULAR, Side::Right, case.four[3]),
    ]);
    println!("\nfsaverage, as a scan");
    for (what, l) in [("with three landmarks", by_hand), ("without landmarks", Landmarks::new())] {
        let options = scan::Options { landmarks: l, ..scan::Options::default() };
        match scan::build(&built_in, surface, &options, &mut |_, _| true) {
            Ok(s) => {
                let back = s.to_head.inverse();
                let found =
                    four_of(&s.head).context("four points").map(|f| f.map(|p| back.transform_point3(p)));
                println!("  {what}: {:.2} mm rms, {:.0} % seen", s.rms_mm, 100.0 * s.seen_share);
                if let Ok(found) = found {
                    compare("fsaverage", &found);
                }
            }
            Err(e) => println!("  {what}: refused: {e}"),
        }
    }
}
