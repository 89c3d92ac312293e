//! The parametric body: MakeHuman's base mesh "hm08" with the few targets that a body is shaped by (CC0).
//!
//! The format is described in `crates/head/src/body/model.rs`.

use std::{collections::BTreeMap, io::Write, path::Path};

use anyhow::{Context, Result, ensure};
use glam::DVec3;

use super::{
    human::{Base, Moves},
    inputs::Inputs,
    write,
};

/// Vertices of the skin: the first of base.obj.
const SKIN: usize = 13_380;
const ANCESTRIES: [&str; 3] = ["african", "asian", "caucasian"];

/// Tape measures: our name, and what is added up. Both sides of a limb move together.
const TAPES: [(&str, &[&str]); 6] = [
    ("forearm-shorter", &["arms/measure-lowerarm-length-decr"]),
    ("forearm-longer", &["arms/measure-lowerarm-length-incr"]),
    ("lower-leg-shorter", &["legs/measure-lowerleg-height-decr"]),
    ("lower-leg-longer", &["legs/measure-lowerleg-height-incr"]),
    ("trunk-shorter", &["torso/torso-scale-vert-decr"]),
    ("trunk-longer", &["torso/torso-scale-vert-incr"]),
];

pub(crate) fn build(out: &Path, inputs: &mut Inputs) -> Result<()> {
    let base = Base::load(inputs)?;
    let joints = joints(inputs)?;
    let mut bytes = b"BAIHUI-BODY 1\n".to_vec();
    let quads: Vec<[u32; 4]> = base.group("body").to_vec();
    ensure!(
        quads.iter().flatten().all(|&v| (v as usize) < SKIN),
        "a face of the skin uses a vertex beyond {SKIN}"
    );
    let targets = targets(inputs)?;
    for n in [SKIN, quads.len(), joints.len(), targets.len()] {
        bytes.extend(u32::try_from(n)?.to_le_bytes());
    }
    let mirror = |v: u32| base.mirror(v);
    let places: Vec<DVec3> = symmetric(&base.vertices, &mirror, ras);
    planar(&mut bytes, &places[..SKIN], 100.0, |b, x| b.extend(x.to_le_bytes()))?;
    for v in quads.iter().flatten() {
        bytes.extend(u16::try_from(*v)?.to_le_bytes());
    }
    for v in 0..SKIN as u32 {
        bytes.extend(u16::try_from(mirror(v))?.to_le_bytes());
    }
    let mean = |p: &[DVec3], (from, to): (u32, u32)| -> DVec3 {
        let of = &p[from as usize..=to as usize];
        of.iter().sum::<DVec3>() / of.len() as f64
    };
    for (name, range) in &joints {
        text(&mut bytes, name)?;
        planar(&mut bytes, &[mean(&places, *range)], 100.0, |b, x| b.extend(x.to_le_bytes()))?;
    }
    for (name, moves) in targets {
        let mut d = vec![DVec3::ZERO; base.vertices.len()];
        for (v, by) in moves {
            *d.get_mut(v).with_context(|| format!("{name}: no vertex {v}"))? += by;
        }
        let d = symmetric(&d, &mirror, ras);
        text(&mut bytes, &name)?;
        let mut all = d[..SKIN].to_vec();
        all.extend(joints.values().map(|r| mean(&d, *r)));
        planar(&mut bytes, &all, 10.0, |b, x| {
            b.extend(i16::try_from(x).unwrap_or(i16::MAX).to_le_bytes());
        })?;
    }
    let mut gz = flate2::GzBuilder::new().mtime(0).write(Vec::new(), flate2::Compression::best());
    gz.write_all(&bytes)?;
    write::put(out, "body.gz", &gz.finish()?)
}

/// MakeHuman's decimetres (+x the figure's left, +y up, +z forward) as millimetres, RAS.
fn ras(p: DVec3) -> DVec3 {
    DVec3::new(-p.x, p.z, p.y) * 100.0
}

/// Turned, and made the mean of itself and its mirror image.
fn symmetric(p: &[DVec3], mirror: &impl Fn(u32) -> u32, turn: impl Fn(DVec3) -> DVec3) -> Vec<DVec3> {
    (0..p.len())
        .map(|i| {
            let (a, b) = (turn(p[i]), turn(p[mirror(i as u32) as usize]));
            (a + DVec3::new(-b.x, b.y, b.z)) / 2.0
        })
        .collect()
}

/// The targets that a body is shaped by. MakeHuman adds what is common to all ancestries and the mean of the three.
fn targets(inputs: &mut Inputs) -> Result<BTreeMap<String, Moves>> {
    let mut out = BTreeMap::new();
    for sex in ["female", "male"] {
        for age in ["baby", "child", "young", "old"] {
            let mut common = Moves::new();
            for a in ANCESTRIES {
                let t = Base::target(inputs, &format!("macrodetails/{a}-{sex}-{age}"))?;
                common.extend(t.into_iter().map(|(v, d)| (v, d / ANCESTRIES.len() as f64)));
            }
            for (name, weight) in [("thin", "min"), ("average", "average"), ("heavy", "max")] {
                let mut sum = common.clone();
                sum.extend(Base::target(
                    inputs,
                    &format!("macrodetails/universal-{sex}-{age}-averagemuscle-{weight}weight"),
                )?);
                out.insert(format!("{sex}-{age}-{name}"), sum);
            }
            for (name, height) in [("short", "min"), ("tall", "max")] {
                out.insert(
                    format!("{sex}-{age}-{name}"),
                    Base::target(
                        inputs,
                        &format!(
                            "macrodetails/height/{sex}-{age}-averagemuscle-averageweight-{height}height"
                        ),
                    )?,
                );
            }
        }
    }
    for (name, parts) in TAPES {
        let mut sum = Moves::new();
        for p in parts {
            sum.extend(Base::target(inputs, p)?);
        }
        out.insert(name.to_owned(), sum);
    }
    Ok(out)
}

/// Joints of the mesh's rig: name without `joint-`, first and last vertex of its cube.
fn joints(inputs: &mut Inputs) -> Result<BTreeMap<String, (u32, u32)>> {
    let text = inputs.mesh("mesh_metadata/basemesh_vertex_groups.json")?;
    let groups: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&text).context("the vertex groups are not JSON")?;
    let mut out = BTreeMap::new();
    for (name, ranges) in groups {
        let Some(joint) = name.strip_prefix("joint-") else { continue };
        let at = |i: usize| ranges.get(0).and_then(|r| r.get(i)).and_then(serde_json::Value::as_u64);
        let (Some(a), Some(b)) = (at(0), at(1)) else { anyhow::bail!("{name} is no range of vertices") };
        out.insert(joint.to_owned(), (u32::try_from(a)?, u32::try_from(b)?));
    }
    ensure!(out.len() > 100, "only {} joints were found", out.len());
    Ok(out)
}

fn text(bytes: &mut Vec<u8>, name: &str) -> Result<()> {
    bytes.push(u8::try_from(name.len()).context("a name is too long")?);
    bytes.extend(name.as_bytes());
    Ok(())
}

/// All x, all y, all z, rounded to whole units of which `per_mm` make a millimetre.
fn planar(bytes: &mut Vec<u8>, p: &[DVec3], per_mm: f64, put: impl Fn(&mut Vec<u8>, i32)) -> Result<()> {
    for k in 0..3 {
        for v in p {
            let x = libm::round(v[k] * per_mm);
            ensure!(x.abs() < f64::from(i32::MAX), "a coordinate of {x} is too large");
            put(bytes, x as i32);
        }
    }
    Ok(())
}
