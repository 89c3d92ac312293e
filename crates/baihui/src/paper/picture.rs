//! The picture of a plan: its zones on the patient's head, each needle with its number.

use baihui_atlas::{
    Choices, Names, Request,
    body::{Located, Locator},
    locate,
};
use baihui_clinic::plan::{Frame, Plan};
use baihui_head::Side as HeadSide;
use baihui_report::{
    Figure, Item, Theme, View,
    view::{Emphasis, Kind, LabelText, Options},
};
use glam::DVec3;

use super::Subject;
use crate::{
    commands::{
        body::views::{self, Cutout, Part, Use},
        plan::geometry::head_side,
    },
    picture,
};

/// How far a needle may look away from the viewer and still be told as seen: the cosine.
const SEEN: f64 = 0.25;

/// The figure; none where no needle of the plan is on the head.
pub fn figure<'a>(subject: &Subject<'a>, plan: &Plan, title: &str) -> Option<Figure<'a>> {
    let mut codes: Vec<usize> =
        plan.needles.iter().filter_map(|n| subject.atlas.find(&n.spec.site.code)).collect();
    codes.sort_unstable();
    codes.dedup();
    let points = numbered(plan);
    if codes.is_empty() || points.is_empty() {
        return None;
    }
    let mut choices = Choices::default();
    for n in &plan.needles {
        if let Some(v) = &n.spec.site.variant {
            // A variant that is the default, or is not known any more, changes nothing.
            let _ = choices.add(subject.atlas, &format!("{}={v}", n.spec.site.code));
        }
    }
    let request = Request { items: codes, choices, ..Request::default() };
    let location = locate::locate(subject.atlas, &Names::of(subject.atlas), subject.head, &request).ok()?;
    let planned = |code: &str, side: HeadSide| {
        plan.needles.iter().any(|n| n.spec.site.code == code && head_side(n.spec.site.side) == side)
    };
    let mut items: Vec<Item> = location
        .items
        .iter()
        .filter(|i| planned(&i.code, i.side) && i.position_mm.is_none())
        .map(|i| Item { label: String::new(), ..picture::item(subject.head, i, false) })
        .collect();
    items.extend(points.into_iter().map(|(number, side, at)| Item {
        code: number,
        label: String::new(),
        side,
        group: "needles".to_owned(),
        kind: Kind::Point { at, ellipse: None },
        emphasis: Emphasis::Strong,
    }));
    let options = Options {
        title: title.to_owned(),
        labels: LabelText::Code,
        credits: String::new(),
        ..Options::default()
    };
    Some(Figure { options, ..Figure::new(subject.head, items) })
}

/// The points of the body on it, from the front and from behind; each with its code, only those that are seen.
pub fn of_body(subject: &Subject<'_>, plan: &Plan) -> Vec<String> {
    let Some((points, person)) = subject.body else { return Vec::new() };
    let locator = Locator::of(points, person);
    let on_body =
        |n: &&baihui_clinic::plan::PlannedNeedle| n.place.as_ref().is_some_and(|p| p.frame == Frame::Body);
    let located: Vec<Located> = plan
        .needles
        .iter()
        .filter(on_body)
        .flat_map(|n| {
            let side = head_side(n.spec.site.side);
            let all = points.find(&n.spec.site.code).map(|i| locator.point(i)).unwrap_or_default();
            all.into_iter().filter(move |l| l.construction == 0 && l.side == side)
        })
        .collect();
    let seen = |toward: f64| {
        located.iter().any(|l| {
            let at = l.spot.as_ref().ok().and_then(|s| s.at);
            at.is_some_and(|at| person.body.skin.normal(at).y * toward > SEEN / 2.0)
        })
    };
    [(Part::Front, 1.0), (Part::Back, -1.0)]
        .into_iter()
        .filter(|(_, toward)| seen(*toward))
        .filter_map(|(part, _)| Cutout::new(&person.body, part))
        .map(|cutout| views::svg(points, &cutout, &located, &[], &person.body, Theme::Light, Use::Sheet))
        .collect()
}

/// The view that shows most needles.
pub fn best_view(subject: &Subject<'_>, plan: &Plan) -> View {
    let Some(axes) = subject.head.axes() else { return View::Top };
    let seen = |view: &View| {
        let toward = view.directions(&axes)[2];
        numbered(plan)
            .iter()
            .map(|(_, _, at)| {
                let (on, _) = subject.head.skin.closest(*at);
                subject.head.skin.normal(on).dot(toward)
            })
            .filter(|cos| *cos > SEEN)
            .sum::<f64>()
    };
    // The first of equals: the order of the views is fixed.
    View::ALL.into_iter().rev().max_by(|a, b| seen(a).total_cmp(&seen(b))).unwrap_or(View::Top)
}

/// Needles on the head with their numbers in the list and where they begin.
fn numbered(plan: &Plan) -> Vec<(String, HeadSide, DVec3)> {
    let of_needle = |(i, n): (usize, &baihui_clinic::plan::PlannedNeedle)| {
        let at = DVec3::from_array(n.place.as_ref()?.on_head_mm()?);
        Some(((i + 1).to_string(), head_side(n.spec.site.side), at))
    };
    plan.needles.iter().enumerate().filter_map(of_needle).collect()
}
