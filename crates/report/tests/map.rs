//! The picture of a difference between two schools.

#![allow(clippy::unwrap_used)] // In a test a panic is the report.

mod common;

use baihui_report::{
    View,
    map::{self, Comparison, Difference},
    view::{Kind, Options},
};
use common::{line, synthetic};
use glam::DVec3;

#[test]
fn both_sets_and_the_millimetres_are_shown() {
    let head = synthetic();
    let a = line(&head, "MS6", "", "x", DVec3::new(0.0, 10.0, 110.0), DVec3::new(-70.0, 30.0, 20.0), &[]);
    let b = line(&head, "Motor", "", "x", DVec3::new(0.0, -10.0, 110.0), DVec3::new(-70.0, 10.0, 20.0), &[]);
    let ends = |i: &baihui_report::Item| match &i.kind {
        Kind::Line { path, .. } => (path[20], path[40]),
        _ => unreachable!(),
    };
    let (from, to) = (ends(&a), ends(&b));
    let comparison = Comparison {
        head: &head,
        sets: [("International standard".to_owned(), vec![a]), ("Jiao".to_owned(), vec![b])],
        differences: vec![
            Difference { from: from.0, to: to.0, mm: 18.26 },
            Difference { from: from.1, to: to.1, mm: 20.04 },
        ],
        options: Options::default(),
    };
    let left = map::svg(&comparison, View::Left);
    for text in ["18.3 mm", "20.0 mm", "International standard", "Jiao", "MS6", "Motor", "#0072b2", "#d55e00"]
    {
        assert!(left.contains(text), "{text}");
    }
    // From the right neither the arrows nor the lines are seen.
    let right = map::svg(&comparison, View::Right);
    assert!(!right.contains("18.3 mm") && !right.contains("20.0 mm"));
}
