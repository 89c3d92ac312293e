//! What a head's landmarks mean for the zones: which cannot be located, and which less well than on a head that was seen
//! whole.

use std::collections::BTreeMap;

use baihui_atlas::{Names, Request, built_in, locate};
use baihui_head::{Head, Side, template};

/// A zone is shown as less sure if its sd is this many times that on the built-in head …
const WIDER: f64 = 1.3;
/// … and this much larger, mm.
const WIDER_MM: f64 = 1.5;

/// The zones of all schools that are on by default, counted on one head.
#[derive(Clone, Debug, Default)]
pub struct Zones {
    /// How many are located.
    pub located: usize,
    /// What cannot be: school, zone with its side, reason.
    pub refused: Vec<[String; 3]>,
    /// What is less sure than on the built-in head: school, zone with its side, sd here and there, mm.
    pub wider: Vec<(String, String, f64, f64)>,
    /// Why there are none at all.
    pub nothing: Option<String>,
}

/// Counts them.
pub fn zones(head: &Head) -> Zones {
    let Ok(atlas) = built_in::atlas(&[]) else {
        return Zones { nothing: Some("the built-in atlas cannot be read".to_owned()), ..Zones::default() };
    };
    let names = Names::of(&atlas);
    let request = Request::default();
    let (here, there) = match (
        locate::locate(&atlas, &names, head, &request),
        locate::locate(&atlas, &names, &template::template(), &request),
    ) {
        (Ok(here), Ok(there)) => (here, there),
        (Err(e), _) | (_, Err(e)) => return Zones { nothing: Some(e.to_string()), ..Zones::default() },
    };
    let title = |code: &str, side: Side| {
        if side == Side::Midline { code.to_owned() } else { format!("{code}, {side}") }
    };
    let usual: BTreeMap<(&str, &str, Side), f64> =
        there.items.iter().map(|i| ((i.school.as_str(), i.code.as_str(), i.side), i.sd_mm)).collect();
    let mut wider: Vec<(String, String, f64, f64)> = here
        .items
        .iter()
        .filter_map(|i| {
            let usual = *usual.get(&(i.school.as_str(), i.code.as_str(), i.side))?;
            (i.sd_mm > WIDER * usual && i.sd_mm > usual + WIDER_MM)
                .then(|| (i.school.clone(), title(&i.code, i.side), i.sd_mm, usual))
        })
        .collect();
    wider.sort_by(|a, b| b.2.total_cmp(&a.2));
    // What the built-in head cannot carry either says nothing of this one.
    let never: Vec<(&str, &str, Side)> =
        there.refused.iter().map(|r| (r.school.as_str(), r.code.as_str(), r.side)).collect();
    let refused = here
        .refused
        .iter()
        .filter(|r| !never.contains(&(r.school.as_str(), r.code.as_str(), r.side)))
        .map(|r| [r.school.clone(), title(&r.code, r.side), r.reason.clone()])
        .collect();
    Zones { located: here.items.len(), refused, wider, nothing: None }
}
