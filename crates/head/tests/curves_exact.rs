//! Geodesics against an exact solver of another origin: `data/geodesic/exact.py` made the numbers.

use std::collections::BTreeMap;

use baihui_head::{Surface, curve::geodesic, shapes};
use glam::DVec3;
use serde::Deserialize;

#[derive(Deserialize)]
struct Row {
    from: DVec3,
    to: DVec3,
    exact_mm: f64,
    edge_flip_mm: f64,
}

#[test]
fn geodesics_have_the_exact_length() {
    let rows: BTreeMap<String, Vec<Row>> =
        serde_json::from_str(include_str!("data/geodesic/exact.json")).unwrap();
    let check = |name: &str, surface: &Surface, most: f64| {
        let (mut shortest, mut n) = (0, 0);
        for row in &rows[name] {
            let [from, to] = [row.from, row.to].map(|p| {
                let (at, off) = surface.closest(p);
                assert!(off < 1e-6, "{name}: the script's vertex {p} is {off} mm off ours");
                at
            });
            if row.from == row.to {
                continue;
            }
            let length = geodesic::shortest(surface, from, to).unwrap().length_mm();
            n += 1;
            // Nothing is shorter than the exact distance. A geodesic may be longer than the shortest one where
            // two ways round a bump compete; edge flips, the other local method, show the same.
            assert!(length > row.exact_mm - 1e-5, "{length} < {}", row.exact_mm);
            if length < row.exact_mm + 1e-5 {
                shortest += 1;
            } else {
                let other = row.edge_flip_mm - row.exact_mm;
                println!("{name}: {length:.4} for {:.4}; edge flips {other:+.4}", row.exact_mm);
                assert!(length < row.exact_mm + most, "{length} for {}", row.exact_mm);
            }
        }
        println!("{name}: {shortest} of {n} are the shortest to 1e-5 mm");
        (shortest, n)
    };
    // On the ellipsoid a shortest path and its neighbours round a vertex differ by fractions of a millimetre.
    let (shortest, n) = check("ellipsoid", &shapes::ellipsoid(DVec3::new(77.0, 100.0, 65.0), 5), 0.05);
    assert!(n >= 55 && shortest * 10 >= n * 8, "{shortest} of {n}");
    let (shortest, n) = check("bumpy", &shapes::bumpy_sphere(90.0, 5), 0.05);
    assert!(n >= 55 && shortest * 10 >= n * 8, "{shortest} of {n}");
}
