//! Mesh, fiducials, 10-5 sites and their time as JSON, for `benches/peers.py`. Time on the processor, Linux only.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "an example")]

use std::collections::BTreeMap;

use baihui_head::{
    Head,
    scalp::decimate,
    template,
    ten_five::{self, Fiducials, System},
};

/// Nanoseconds that this thread has had a processor.
fn on_processor() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(f64::NAN)
}

fn main() {
    let fine = template::template();
    // About 14,000 vertices, as the meshes that the other program is used with.
    let skin = decimate::to_edge_length(&fine.skin, 3.4).expect("it is a skin");
    let head = Head { skin, ears: None, brain: None, ..fine };
    let skin = &head.skin;
    let sites = ten_five::sites(&head, System::TenFive).expect("the head has fiducials");
    // The counter moves in steps of a few milliseconds, so many rounds at a time; the best of several such.
    const ROUNDS: u32 = 100;
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = on_processor();
        for _ in 0..ROUNDS {
            let again = ten_five::sites(&head, System::TenFive).expect("the head has fiducials");
            assert_eq!(again, sites);
        }
        best = best.min((on_processor() - start) / 1e6 / f64::from(ROUNDS));
    }
    let f = Fiducials::of(&head).expect("the head has fiducials");
    let cz = ten_five::reference(skin, &f).expect("the curves can be drawn").cz;
    let named = [("nz", f.nasion), ("iz", f.inion), ("lpa", f.lpa), ("rpa", f.rpa), ("cz", cz)];
    let fiducials: BTreeMap<&str, glam::DVec3> = named.map(|(n, p)| (n, skin.position(p))).into();
    let sites: BTreeMap<&str, glam::DVec3> = sites.iter().map(|s| (s.name.as_str(), s.position.mm)).collect();
    let out = serde_json::json!({
        "ms": best, "fiducials": fiducials, "sites": sites, "vertices": skin.vertices(), "faces": skin.faces(),
    });
    println!("{out}");
}
