//! The five orthographic views and their projection.

use baihui_head::{Axes, Head, Side};
use glam::{DVec2, DVec3};

use crate::cut::Cut;

/// From where the head is looked at, along its own upright axes (see [`Head::axes`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum View {
    /// At the face: the patient's left is on the viewer's right.
    Front,
    /// At the occiput: the patient's left is on the viewer's left.
    Back,
    /// At the patient's left side: the nose points to the viewer's left.
    Left,
    /// At the patient's right side: the nose points to the viewer's right.
    Right,
    /// From above, nose up: the patient's left is on the viewer's left.
    Top,
}

impl View {
    /// All five, in the order in which a reader expects them.
    pub const ALL: [Self; 5] = [Self::Front, Self::Back, Self::Left, Self::Right, Self::Top];

    /// Name for files and identifiers.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Back => "back",
            Self::Left => "left",
            Self::Right => "right",
            Self::Top => "top",
        }
    }

    /// Heading of the view.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Front => "Front",
            Self::Back => "Back",
            Self::Left => "Left side",
            Self::Right => "Right side",
            Self::Top => "Top",
        }
    }

    /// What is written at the viewer's left and at the viewer's right of the view.
    pub const fn captions(self) -> [&'static str; 2] {
        match self {
            Self::Front => ["patient's right", "patient's left"],
            Self::Back | Self::Top => ["patient's left", "patient's right"],
            Self::Left => ["front", "back"],
            Self::Right => ["back", "front"],
        }
    }

    /// The patient's side that faces the viewer, for the two views that show one side.
    pub const fn side(self) -> Option<Side> {
        match self {
            Self::Left => Some(Side::Left),
            Self::Right => Some(Side::Right),
            _ => None,
        }
    }

    /// Unit vectors toward the viewer's right, up, and toward the viewer, in the head's frame.
    pub fn directions(self, axes: &Axes) -> [DVec3; 3] {
        let Axes { right, anterior, superior } = *axes;
        match self {
            Self::Front => [-right, superior, anterior],
            Self::Back => [right, superior, -anterior],
            Self::Left => [-anterior, superior, -right],
            Self::Right => [anterior, superior, right],
            Self::Top => [right, anterior, superior],
        }
    }
}

/// An orthographic camera: millimetres of the head to px of the head's picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Which view it is.
    pub view: View,
    right: DVec3,
    up: DVec3,
    toward: DVec3,
    /// Coordinates in mm, along right and up, of the picture's left upper corner.
    origin: DVec2,
    /// Depth 0, mm along `toward`.
    depth0: f64,
    /// px in one mm.
    pub scale: f64,
    /// Width and height of the picture in px.
    pub size: DVec2,
    /// Below what the head fades.
    cut: Option<Cut>,
}

/// Margin around the head, mm.
const MARGIN_MM: f64 = 3.0;

/// Upright axes of a head, or those of its frame where it lacks the landmarks for them.
pub(crate) fn axes(head: &Head) -> Axes {
    head.axes().unwrap_or(Axes::RAS)
}

/// Smallest and largest coordinates along the three directions of a view, mm, of what is above the cut.
fn extent(head: &Head, view: View, cut: Option<&Cut>) -> (DVec3, DVec3) {
    let [right, up, toward] = view.directions(&axes(head));
    let ears = head.ears.iter().flat_map(|e| e.vertices());
    let shown = head.skin.vertices().iter().chain(ears).filter(|v| cut.is_none_or(|c| c.shows(**v)));
    shown.fold((DVec3::INFINITY, DVec3::NEG_INFINITY), |(lo, hi), v| {
        let p = DVec3::new(v.dot(right), v.dot(up), v.dot(toward));
        (lo.min(p), hi.max(p))
    })
}

/// Width and height of a head in a view, with a margin, in mm.
pub(crate) fn extent_mm(head: &Head, view: View, cut: Option<&Cut>) -> DVec2 {
    let (lo, hi) = extent(head, view, cut);
    (hi - lo).truncate() + DVec2::splat(2.0 * MARGIN_MM)
}

impl Camera {
    /// A camera that shows the whole head (skin and ears) at `scale` px per mm.
    pub fn new(head: &Head, view: View, scale: f64) -> Self {
        Self::cut_at(head, view, scale, Cut::of(head))
    }

    /// The same; what lies below `cut` fades out.
    pub(crate) fn cut_at(head: &Head, view: View, scale: f64, cut: Option<Cut>) -> Self {
        let [right, up, toward] = view.directions(&axes(head));
        let (lo, hi) = extent(head, view, cut.as_ref());
        Self {
            view,
            right,
            up,
            toward,
            origin: DVec2::new(lo.x - MARGIN_MM, hi.y + MARGIN_MM),
            depth0: (lo.z + hi.z) / 2.0,
            scale,
            size: ((hi - lo).truncate() + DVec2::splat(2.0 * MARGIN_MM)) * scale,
            cut,
        }
    }

    /// The same picture at another number of px per mm.
    #[must_use]
    pub(crate) fn at_scale(&self, scale: f64) -> Self {
        Self { scale, size: self.size * (scale / self.scale), ..*self }
    }

    /// Position in the picture: x to the right and y *down* in px from the left upper corner, and the depth in
    /// mm, larger nearer to the viewer.
    pub fn project(&self, p: DVec3) -> DVec3 {
        let x = (p.dot(self.right) - self.origin.x) * self.scale;
        let y = (self.origin.y - p.dot(self.up)) * self.scale;
        DVec3::new(x, y, p.dot(self.toward) - self.depth0)
    }

    /// The position that [`Self::project`] brings to a place in the picture.
    fn unproject(&self, p: DVec3) -> DVec3 {
        self.right * (self.origin.x + p.x / self.scale)
            + self.up * (self.origin.y - p.y / self.scale)
            + self.toward * (self.depth0 + p.z)
    }

    /// How much of the head is seen at a place in the picture (px, px, depth in mm): less than 1 near its cut
    /// lower end.
    pub(crate) fn fade(&self, p: DVec3) -> f64 {
        self.cut.map_or(1.0, |c| c.fade(self.unproject(p)))
    }

    /// A direction along the viewer's right, up, and toward the viewer.
    pub fn rotate(&self, d: DVec3) -> DVec3 {
        DVec3::new(d.dot(self.right), d.dot(self.up), d.dot(self.toward))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_are_right_handed_and_show_the_side_that_they_name() {
        for view in View::ALL {
            let [r, u, t] = view.directions(&Axes::RAS);
            assert_eq!(r.cross(u), t, "{view:?} would be mirrored");
        }
        // Viewer's right, by what is seen there.
        assert_eq!(View::Front.directions(&Axes::RAS)[0], -DVec3::X);
        assert_eq!(View::Back.directions(&Axes::RAS)[0], DVec3::X);
        assert_eq!(View::Top.directions(&Axes::RAS)[0], DVec3::X);
        assert_eq!(View::Top.directions(&Axes::RAS)[1], DVec3::Y);
        assert_eq!(View::Left.directions(&Axes::RAS)[0], -DVec3::Y);
        assert_eq!(View::Left.directions(&Axes::RAS)[2], -DVec3::X);
        assert_eq!(View::Right.directions(&Axes::RAS)[0], DVec3::Y);
    }

    #[test]
    fn captions_agree_with_the_directions() {
        for view in [View::Front, View::Back, View::Top] {
            let viewers_right = view.directions(&Axes::RAS)[0].x;
            let caption = if viewers_right > 0.0 { "patient's right" } else { "patient's left" };
            assert_eq!(view.captions()[1], caption);
        }
        for view in [View::Left, View::Right] {
            let viewers_right = view.directions(&Axes::RAS)[0].y;
            assert_eq!(view.captions()[1], if viewers_right > 0.0 { "front" } else { "back" });
            let side = view.side().unwrap();
            assert_eq!(view.directions(&Axes::RAS)[2].x, side.sign());
        }
    }
}
