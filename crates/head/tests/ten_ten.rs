//! The measuring systems against closed forms, symmetries and published positions.

#![expect(clippy::unwrap_used, reason = "a test whose data are wrong has failed")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use baihui_head::{
    Surface,
    io::{self, Format, freesurfer},
    shapes,
    ten_five::{self, Fiducials, Reference, System},
};
use glam::DVec3;

fn placed(skin: &Surface, four: [DVec3; 4]) -> (Fiducials, Reference) {
    let [nasion, inion, lpa, rpa] = four.map(|p| skin.closest(p).0);
    let f = Fiducials { nasion, inion, lpa, rpa };
    let reference = ten_five::reference(skin, &f).unwrap();
    (f, reference)
}

fn sites(skin: &Surface, four: [DVec3; 4], system: System) -> BTreeMap<String, DVec3> {
    let (f, reference) = placed(skin, four);
    let sites = ten_five::sites_from(skin, &f, &reference, system).unwrap();
    sites.into_iter().map(|s| (s.name, s.position.mm)).collect()
}

/// Half the perimeter of an ellipse with half axes a and b (Gauss–Legendre's arithmetic-geometric mean).
fn half_ellipse(a: f64, b: f64) -> f64 {
    let (mut x, mut y, mut sum, mut power) = (a, b, (a * a + b * b) / 2.0, 0.5);
    for _ in 0..20 {
        let d = (x - y) / 2.0;
        (x, y) = ((x + y) / 2.0, (x * y).sqrt());
        power *= 2.0;
        sum -= power * d * d;
    }
    std::f64::consts::PI * sum / x
}

/// The place on the ellipse (a sin t, b cos t), t from −π/2 to π/2, at a fraction of that half's length.
fn on_half_ellipse(a: f64, b: f64, fraction: f64) -> (f64, f64) {
    // Simpson's rule over many steps; far finer than what is tested.
    let speed = |t: f64| ((a * libm::cos(t)).powi(2) + (b * libm::sin(t)).powi(2)).sqrt();
    let n = 20_000;
    let h = std::f64::consts::PI / f64::from(n);
    let whole = half_ellipse(a, b);
    let (mut length, mut t) = (0.0, -std::f64::consts::FRAC_PI_2);
    for _ in 0..n {
        let step = h / 6.0 * (speed(t) + 4.0 * speed(t + h / 2.0) + speed(t + h));
        if length + step >= fraction * whole {
            t += h * (fraction * whole - length) / step;
            break;
        }
        length += step;
        t += h;
    }
    (a * libm::sin(t), b * libm::cos(t))
}

#[test]
fn curves_through_a_mesh_are_exact_on_its_triangles() {
    // Independent of the walk: every face cut by the plane, in any order.
    let skin = shapes::bumpy_sphere(90.0, 4);
    let four = [DVec3::Y, -DVec3::Y, -DVec3::X, DVec3::X].map(|p| p * 90.0);
    let (f, reference) = placed(&skin, four);
    let [a, b, c] = [f.nasion, reference.cz, f.inion].map(|p| skin.position(p));
    let normal = (b - a).cross(c - a).normalize();
    let mut whole = 0.0;
    for face in 0..skin.faces().len() as u32 {
        let v = skin.corners(face);
        let d = v.map(|p| (p - a).dot(normal));
        let cut: Vec<DVec3> = (0..3)
            .filter(|&k| (d[k] >= 0.0) != (d[(k + 1) % 3] >= 0.0))
            .map(|k| v[k] + (v[(k + 1) % 3] - v[k]) * (d[k] / (d[k] - d[(k + 1) % 3])))
            .collect();
        if let [p, q] = cut[..] {
            whole += p.distance(q);
        }
    }
    let up = reference.sagittal.length_mm();
    let down = {
        use baihui_head::curve::plane_cut::{Stop, walk};
        walk(&skin, f.nasion, normal, -DVec3::Z, Stop::At(f.inion)).unwrap().length_mm()
    };
    assert!((up + down - whole).abs() < 1e-6, "{up} + {down} is not {whole}");
}

#[test]
fn an_ellipsoid_gives_its_closed_form() {
    // Vertices lie on the ellipsoid and faces inside: errors fall with the square of the edge length, so two
    // meshes give the limit (Richardson).
    let half = DVec3::new(77.0, 98.0, 105.0);
    for half in [DVec3::splat(90.0), half] {
        let four = [DVec3::Y, -DVec3::Y, -DVec3::X, DVec3::X].map(|p| p * half);
        let at = |levels: u32| {
            let skin = shapes::ellipsoid(half, levels);
            let (f, r) = placed(&skin, four);
            let all = ten_five::sites_from(&skin, &f, &r, System::TenTwenty).unwrap();
            let site = |n: &str| all.iter().find(|s| s.name == n).unwrap().position.mm;
            (
                r.sagittal.length_mm(),
                r.coronal.length_mm(),
                [site("Cz"), site("Fz"), site("Pz"), site("C3"), site("T8")],
            )
        };
        let (fine, middle, coarse) = (at(7), at(6), at(5));
        let expected = (half_ellipse(half.y, half.z), half_ellipse(half.x, half.z));
        for (what, x, f, m, c) in [
            ("nasion–inion", expected.0, fine.0, middle.0, coarse.0),
            ("ear–ear", expected.1, fine.1, middle.1, coarse.1),
        ] {
            let order = libm::log2((c - x) / (m - x));
            assert!((1.9..2.1).contains(&order), "{what}: order {order}");
            let limit = f + (f - m) / 3.0;
            println!("{what}: {f:.6} on the finest mesh, {limit:.7} in the limit, {x:.7} exact");
            assert!((limit / x - 1.0).abs() < 1e-6, "{what}: {limit} for {x}");
        }
        let sagittal = |f: f64| {
            let (y, z) = on_half_ellipse(half.y, half.z, 1.0 - f);
            DVec3::new(0.0, y, z)
        };
        let coronal = |f: f64| {
            let (x, z) = on_half_ellipse(half.x, half.z, f);
            DVec3::new(x, 0.0, z)
        };
        let exact = [sagittal(0.5), sagittal(0.3), sagittal(0.7), coronal(0.3), coronal(0.9)];
        for ((f, m), x) in fine.2.iter().zip(&middle.2).zip(exact) {
            let limit = *f + (*f - *m) / 3.0;
            // Positions move along the curve as well, not quite in step with the mesh: 1e-5 of the head.
            assert!(f.distance(x) < 0.02 && limit.distance(x) < 1e-3, "{f} → {limit} for {x}");
        }
    }
}

#[test]
fn a_mirrored_head_has_mirrored_sites_and_a_larger_one_larger() {
    let skin = shapes::bumpy_sphere(90.0, 5);
    let four = [
        DVec3::new(3.0, 88.0, -20.0),
        DVec3::new(-2.0, -88.0, -15.0),
        DVec3::new(-88.0, 5.0, -20.0),
        DVec3::new(88.0, 2.0, -18.0),
    ];
    let here = sites(&skin, four, System::TenFive);
    let flip = |p: DVec3| DVec3::new(-p.x, p.y, p.z);
    let mirrored = Surface::new(
        skin.vertices().iter().map(|&p| flip(p)).collect(),
        skin.faces().iter().map(|&[a, b, c]| [a, c, b]).collect(),
    )
    .unwrap();
    let [n, i, l, r] = four.map(flip);
    let there = sites(&mirrored, [n, i, r, l], System::TenFive);
    assert_eq!(here.len(), 336);
    for (name, p) in &here {
        // F3 ↔ F4, T7 ↔ T8, AFp1 ↔ AFp2, F10h ↔ F9h: an odd number and the next.
        let digits: String = name.chars().filter(char::is_ascii_digit).collect();
        let other = match digits.parse::<u32>() {
            Ok(k) => name.replace(&digits, &(if k % 2 == 1 { k + 1 } else { k - 1 }).to_string()),
            Err(_) => name.clone(),
        };
        assert!(flip(*p).distance(there[&other]) < 1e-5, "{name} {other}");
    }
    let k = 1.3;
    let big = skin.with_vertices(skin.vertices().iter().map(|p| *p * k).collect()).unwrap();
    for (name, p) in sites(&big, four.map(|p| p * k), System::TenFive) {
        assert!(p.distance(here[&name] * k) < 1e-5, "{name}");
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A scalp that `cargo xtask validate` has left behind.
fn validation_scalp(name: &str) -> Option<Surface> {
    let bytes = fs::read(workspace().join(format!("target/validation/{name}.ply"))).ok()?;
    let raw = io::read_mesh(&bytes, Format::Ply).ok()?;
    Surface::new(raw.vertices, raw.faces).ok()
}

fn mean(d: &[f64]) -> f64 {
    d.iter().sum::<f64>() / d.len() as f64
}

#[test]
fn mni152_agrees_with_published_positions() {
    let table = workspace().join("../shared/facts/tables/simnibs_jurcak2007_ui10-10_scalp_mni.csv");
    let (Ok(table), Some(skin)) = (fs::read_to_string(table), validation_scalp("mni152-without-ears")) else {
        println!("skipped: needs the table of positions and the scalp that `cargo xtask validate` makes");
        return;
    };
    let rows = table.lines().filter(|l| l.starts_with("Electrode,") || l.starts_with("ReferenceElectrode,"));
    let theirs = rows.map(|l| {
        let f: Vec<&str> = l.split(',').collect();
        let number = |i: usize| f[i].parse::<f64>().unwrap();
        (f[4].to_owned(), DVec3::new(number(1), number(2), number(3)))
    });
    let four = [
        DVec3::new(0.0, 82.9, -43.0),
        DVec3::new(0.0, -116.2, -30.5),
        DVec3::new(-79.6, -20.6, -48.6),
        DVec3::new(80.6, -20.6, -48.1),
    ];
    let ours = sites(&skin, four, System::TenTen);
    // The table has TP9 and TP10 on the pinnae.
    let d: Vec<f64> = theirs
        .filter(|(n, _)| !["Iz", "TP9", "TP10"].contains(&n.as_str()))
        .filter_map(|(n, p)| Some(ours.get(&n)?.distance(p)))
        .collect();
    println!("MNI152: {} sites, mean {:.2} mm", d.len(), mean(&d));
    assert!(d.len() >= 65 && mean(&d) <= 1.9, "{} sites, mean {:.2} mm", d.len(), mean(&d));
}

/// Another scan surface of the same man, with 10-5 points that another program placed on it. How far they are apart,
/// and why, is in docs/ten-ten.md; this holds the distance.
#[test]
fn colin27_agrees_with_atlasviewers_reference_points() {
    let dir = workspace().join("../shared/data/colin_atlasviewer");
    let text = |n: &str| fs::read_to_string(dir.join(n)).ok();
    let (Some(labels), Some(points), Some(to_volume), Ok(mesh), Some(mesh_to_volume)) = (
        text("refpts_labels.txt"),
        text("refpts.txt"),
        text("refpts2vol.txt"),
        fs::read(dir.join("headsurf.mesh")),
        text("headsurf2vol.txt"),
    ) else {
        println!("skipped: needs AtlasViewer's Colin in {}", dir.display());
        return;
    };
    let numbers = |t: &str| -> Vec<f64> { t.split_whitespace().map(|w| w.parse().unwrap()).collect() };
    // Its axes run to the patient's left, down and to the front.
    let ras = |m: &[f64], p: DVec3| {
        let row = |r: usize| m[4 * r] * p.x + m[4 * r + 1] * p.y + m[4 * r + 2] * p.z + m[4 * r + 3];
        DVec3::new(-row(0), row(2), -row(1))
    };
    let matrix = numbers(&to_volume);
    let theirs: BTreeMap<&str, DVec3> = labels
        .lines()
        .map(str::trim)
        .zip(numbers(&points).chunks_exact(3).map(|c| ras(&matrix, DVec3::new(c[0], c[1], c[2]))))
        .collect();
    let matrix = numbers(&mesh_to_volume);
    let raw = freesurfer::read_surface(&mesh).unwrap().surface;
    let vertices = raw.vertices().iter().map(|p| ras(&matrix, *p)).collect();
    let mut skin = raw.with_vertices(vertices).unwrap();
    if skin.signed_volume_mm3() < 0.0 {
        let faces = skin.faces().iter().map(|&[a, b, c]| [a, c, b]).collect();
        skin = Surface::new(skin.vertices().to_vec(), faces).unwrap();
    }
    let ours = sites(&skin, ["Nz", "Iz", "LPA", "RPA"].map(|n| theirs[n]), System::TenFive);
    let d: Vec<f64> = ours.iter().filter_map(|(n, p)| Some(theirs.get(n.as_str())?.distance(*p))).collect();
    let cz = ours["Cz"].distance(theirs["Cz"]);
    println!("AtlasViewer's Colin: {} sites, mean {:.2} mm, Cz {cz:.2} mm", d.len(), mean(&d));
    assert!(d.len() >= 310 && mean(&d) <= 3.3 && cz <= 3.1, "{}: {:.2}, Cz {cz:.2}", d.len(), mean(&d));
    // No point is on the other side of the head.
    assert!(ours["C3"].x < -40.0 && theirs["C3"].x < -40.0);
}
