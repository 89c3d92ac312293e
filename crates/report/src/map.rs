//! How two sets of zones differ on one head: both in their colours, with arrows and millimetres between.

use baihui_head::Head;
use glam::DVec3;

use crate::{
    camera::View,
    view::{Arrow, Figure, Group, Item, Options},
};

/// One measured difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// A position of the first set, mm in the head's frame.
    pub from: DVec3,
    /// The position of the second set that it is compared with.
    pub to: DVec3,
    /// The distance as the caller measured it (along the skin or straight), mm.
    pub mm: f64,
}

/// Two sets of items to compare, for instance one zone as two schools define it.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    /// The head.
    pub head: &'a Head,
    /// The two sets: name for the legend and items (their own groups are ignored).
    pub sets: [(String, Vec<Item>); 2],
    /// Where they differ and by how much.
    pub differences: Vec<Difference>,
    /// How it is drawn.
    pub options: Options,
}

impl<'a> Comparison<'a> {
    /// The figure that shows the comparison.
    pub fn figure(&self) -> Figure<'a> {
        let groups: Vec<Group> = ["a", "b"]
            .iter()
            .zip(&self.sets)
            .map(|(key, (name, _))| Group { key: (*key).to_owned(), name: name.clone() })
            .collect();
        let items = groups
            .iter()
            .zip(&self.sets)
            .flat_map(|(g, (_, items))| items.iter().map(|i| Item { group: g.key.clone(), ..i.clone() }))
            .collect();
        let arrows = self
            .differences
            .iter()
            .map(|d| Arrow { from: d.from, to: d.to, text: format!("{:.1} mm", d.mm) })
            .collect();
        Figure { head: self.head, items, arrows, groups, cortex: None, options: self.options.clone() }
    }
}

/// Draws one view of a comparison.
pub fn svg(comparison: &Comparison, view: View) -> String {
    crate::view::svg(&comparison.figure(), view)
}
