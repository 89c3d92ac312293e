//! The built-in head: Colin27's scalp with the face, ears and neck of a complete human mesh.

use std::path::PathBuf;

use anyhow::{Context, Result};
use baihui_head::{
    Head, HeadSource, ShapeSpread, Side, Surface,
    scalp::{field, remesh, subdivide::QuadMesh},
};
use glam::DVec3;

mod assemble;
mod colin;
mod debug;
mod fit;
mod human;
mod inputs;
mod landmarks;

/// The ball that the neck is cut with: centre and radius, mm in Colin's frame. Below the spine of the lowest
/// cervical vertebra behind, above the shoulders beside.
const BUST: (DVec3, f64) = (DVec3::new(0.0, -25.0, 0.0), 200.0);

pub(crate) fn run(args: &[String]) -> Result<()> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut input_dir = root.join("target/template-inputs");
    let mut out = root.join("template");
    let mut args = args.iter();
    while let Some(a) = args.next() {
        let value = args.next().with_context(|| format!("{a} needs a folder"))?;
        match a.as_str() {
            "--inputs" => input_dir = value.into(),
            "--out" => out = value.into(),
            _ => anyhow::bail!("unknown option {a}; there are --inputs DIR and --out DIR"),
        }
    }
    let mut inputs = inputs::Inputs::open(&input_dir)?;
    let colin = colin::Colin::load(&inputs)?;
    report("scalp", &colin.scalp);
    report("brain", &colin.brain);
    println!("threshold {:.2}, eyes {:?}", colin.threshold, colin.eyes);
    debug::ply(&out.join("scalp.ply"), colin.scalp.vertices(), colin.scalp.faces())?;
    debug::ply(&out.join("brain.ply"), colin.brain.vertices(), colin.brain.faces())?;
    let human = human::Human::load(&mut inputs)?;
    let parts = human.parts(|p| p.z > 560.0 && p.x.abs() < 170.0)?;
    let skin = QuadMesh { vertices: human.vertices.clone(), faces: parts.skin.clone() };
    let once = skin.subdivided();
    let auricles: Vec<DVec3> = parts.auricles.iter().flatten().flatten().map(|&v| human.at(v)).collect();
    let samples = spread(&once, 11.0, 730.0);
    println!("{} samples", samples.len());
    let fit = fit::Fit::find(&human, &colin, &samples, &auricles)?;
    let twice = once.subdivided();
    let warped: Vec<DVec3> = twice.vertices.iter().map(|&p| fit.apply(p)).collect();
    debug::ply(&out.join("warped.ply"), &warped, &twice.triangles())?;
    let ears_now: Vec<DVec3> = auricles.iter().map(|&p| fit.apply(p)).collect();
    let eyes = [Side::Left, Side::Right].map(|s| human.eyeball(s).1);
    let eye_distance: Vec<f64> = twice
        .vertices
        .iter()
        .map(|p| eyes.iter().map(|e| e.distance(*p)).fold(f64::INFINITY, f64::min))
        .collect();
    let faces = twice.triangles();
    let skin_base = parts.skin.iter().flatten().copied().collect();
    let (drawn, weights) = fit::draw_onto(&colin, &warped, &faces, &eye_distance, &ears_now)?;
    debug::ply(&out.join("drawn.ply"), &drawn, &faces)?;

    let mut mesh = assemble::Mesh { vertices: drawn.clone(), faces };
    let rims = [Side::Left, Side::Right].map(|s| human.auricle_root(s).and_then(|r| mesh.loop_through(r[0])));
    let mut patch = vec![false; mesh.vertices.len()];
    for side in [Side::Left, Side::Right] {
        // Eyeballs follow the mean movement of their lids.
        let lids = human.eyelids(side)?;
        let shift =
            lids.iter().map(|&v| drawn[v as usize] - warped[v as usize]).sum::<DVec3>() / lids.len() as f64;
        let mut ball = human.eyeball(side).0.subdivided();
        for v in &mut ball.vertices {
            *v = fit.apply(*v) + shift;
        }
        let ball = Surface::new(ball.vertices.clone(), ball.triangles())?;
        for v in mesh.fill(lids[0], Some(1.2))? {
            mesh.vertices[v] = ball.position(ball.closest(mesh.vertices[v]).0);
        }
        let root = human.auricle_root(side)?;
        patch.resize(mesh.vertices.len(), false);
        let rim: Vec<DVec3> = root.iter().map(|&v| mesh.vertices[v as usize]).collect();
        mesh.fill(root[0], Some(2.2))?;
        patch.resize(mesh.vertices.len(), true);
        for (v, p) in mesh.vertices.iter().enumerate().take(drawn.len()) {
            // The rim itself and what is next to it give way, where it is not drawn onto the scalp.
            if weights[v] < 0.3 && rim.iter().any(|r| r.distance(*p) < 5.0) {
                patch[v] = true;
            }
        }
    }
    mesh.fill(human::LIPS_VERTEX, None)?;
    mesh.fair(&patch);
    let mut ears = Vec::new();
    for (faces, rim) in parts.auricles.iter().zip(rims) {
        let ear = QuadMesh { vertices: human.vertices.clone(), faces: faces.clone() };
        ears.push(auricle(&ear.subdivided().subdivided(), &fit, &twice.vertices, &mesh.vertices, &rim?)?);
    }
    let on_skin = mesh.vertices.clone();
    mesh.clip(BUST.0, BUST.1);
    mesh.compact();
    mesh.cap(BUST.0, BUST.1, 3.5, 8.0)?;
    mesh.compact();
    let whole = mesh.surface()?;
    report("whole", &whole);
    let centres = [Side::Left, Side::Right].map(|s| fit.apply(human.eyeball(s).1));
    let mouth = fit.apply(human.at(human::LIPS_VERTEX));
    let nose = fit.apply(human.at(294));
    let length = |p: DVec3| {
        let fine = centres
            .iter()
            .map(|c| c.distance(p) - 20.0)
            .chain([mouth.distance(p) - 28.0, nose.distance(p) - 22.0])
            .fold(f64::INFINITY, f64::min);
        1.35 + (2.25 - 1.35) * (fine / 25.0).clamp(0.0, 1.0)
    };
    let skin = remesh::isotropic(&whole, &whole, length, 8, remesh::Border::Keep)?;
    report("skin", &skin);
    debug::ply(&out.join("skin.ply"), skin.vertices(), skin.faces())?;
    let (mut vertices, mut faces) = (Vec::new(), Vec::new());
    for e in &ears {
        let first = vertices.len() as u32;
        vertices.extend_from_slice(e.vertices());
        faces.extend(e.faces().iter().map(|f| f.map(|v| v + first)));
    }
    let both = Surface::new(vertices, faces)?;
    report("ears", &both);
    debug::ply(&out.join("ears.ply"), both.vertices(), both.faces())?;
    let ears: [Surface; 2] = ears.try_into().map_err(|_| anyhow::anyhow!("not two ears"))?;
    let used: std::collections::BTreeSet<u32> = skin_base;
    let base = |v: u32| used.contains(&v).then(|| on_skin[v as usize]);
    let place =
        landmarks::Place { human: &human, colin: &colin, fit: &fit, skin: &skin, ears: &ears, base: &base };
    let landmarks = landmarks::all(&place)?;
    for (name, side, l) in landmarks.iter() {
        println!(
            "{name:28} {side:8} {:7.1} {:7.1} {:7.1}  sd {:.1}",
            l.position.mm.x, l.position.mm.y, l.position.mm.z, l.sd_mm
        );
    }
    for (name, side, published) in [
        ("nasion", Side::Midline, colin::NASION),
        ("inion", Side::Midline, colin::INION),
        ("preauricular", Side::Left, colin::LPA),
        ("preauricular", Side::Right, colin::RPA),
    ] {
        let d = landmarks.mm(name, side).map_or(f64::INFINITY, |p| p.distance(published));
        println!("{name} {side}: {d:.2} mm from the published fiducial");
    }
    let spread = ShapeSpread { breadth: 5.53 / 154.33, length: 7.02 / 199.5, height: 6.16 / 131.15 };
    let head = Head {
        name: "built-in head (Colin27)".to_owned(),
        source: HeadSource::Template,
        history: Vec::new(),
        skin,
        ears: Some(both),
        brain: Some(colin.brain.clone()),
        landmarks,
        spread,
    };
    let glb = baihui_head::io::glb::write_head(&head);
    println!("head.glb: {} bytes", glb.len());
    std::fs::write(out.join("head.glb"), glb)?;
    Ok(())
}

/// An auricle, carried along by the fit, with its rim on that of the skin.
fn auricle(
    ear: &QuadMesh,
    fit: &fit::Fit,
    skin_before: &[DVec3],
    skin_now: &[DVec3],
    rim: &[u32],
) -> Result<Surface> {
    let mut mesh = assemble::Mesh { vertices: ear.vertices.clone(), faces: ear.triangles() };
    mesh.compact();
    let warped: Vec<DVec3> = mesh.vertices.iter().map(|&p| fit.apply(p)).collect();
    let links = field::neighbours(mesh.vertices.len(), &mesh.faces);
    let moved: Vec<(DVec3, DVec3)> = rim
        .iter()
        .map(|&v| (skin_before[v as usize], skin_now[v as usize] - fit.apply(skin_before[v as usize])))
        .collect();
    let mean = moved.iter().map(|m| m.1).sum::<DVec3>() / moved.len() as f64;
    let mut target = vec![mean; mesh.vertices.len()];
    let mut weight = vec![1e-3; mesh.vertices.len()];
    for (v, p) in mesh.vertices.iter().enumerate() {
        // Both parts subdivide their common border alike: the same places to rounding.
        if let Some(m) = moved.iter().find(|m| m.0.distance(*p) < 1e-6) {
            target[v] = m.1;
            weight[v] = f64::INFINITY;
        }
    }
    let held = weight.iter().filter(|w| w.is_infinite()).count();
    anyhow::ensure!(held == rim.len(), "{held} of {} rim vertices of an auricle found", rim.len());
    let shift = field::smooth(&links, &target, &weight, 1.0);
    let vertices: Vec<DVec3> = warped.iter().zip(shift).map(|(p, s)| *p + s).collect();
    let whole = Surface::new(vertices, mesh.faces)?;
    Ok(remesh::isotropic(&whole, &whole, |_| 1.4, 5, remesh::Border::Keep)?)
}

/// Vertices at least `gap_mm` apart with their normals, above a height.
fn spread(mesh: &QuadMesh, gap_mm: f64, above_mm: f64) -> Vec<(DVec3, DVec3)> {
    let mut normals = vec![DVec3::ZERO; mesh.vertices.len()];
    for f in mesh.triangles() {
        let [a, b, c] = f.map(|v| mesh.vertices[v as usize]);
        for v in f {
            normals[v as usize] += (b - a).cross(c - a);
        }
    }
    let mut kept: Vec<(DVec3, DVec3)> = Vec::new();
    for (p, n) in mesh.vertices.iter().zip(normals) {
        if p.z > above_mm && n != DVec3::ZERO && kept.iter().all(|k| k.0.distance(*p) >= gap_mm) {
            kept.push((*p, n.normalize_or_zero()));
        }
    }
    kept
}

fn report(name: &str, s: &baihui_head::Surface) {
    println!(
        "{name}: {} vertices, {} faces, Euler {}, components {}, border {}, bounds {:?}",
        s.vertices().len(),
        s.faces().len(),
        s.euler_characteristic(),
        s.components().1,
        s.border_edges(),
        s.bounds()
    );
}
