//! Zones on one view of a head, as SVG.

use baihui_head::{Head, Side};
use glam::DVec3;

pub use crate::camera::View;
use crate::{
    camera::{Camera, extent_mm},
    cut::Cut,
    draw,
    font::{self, Weight},
    overlay::Overlay,
    panel::{self, Panel},
    raster::{Backdrop, Backdrops},
    theme::{self, Theme},
    xml::escape,
};

/// A picture: a head and what is drawn on it.
#[derive(Clone, Debug)]
pub struct Figure<'a> {
    /// The head; its axes ([`Head::axes`]) are those of the views.
    pub head: &'a Head,
    /// Points, lines and areas, later ones above earlier ones.
    pub items: Vec<Item>,
    /// Arrows between two positions, with a text.
    pub arrows: Vec<Arrow>,
    /// Names of the groups in the order of the legend; the order gives each its colour, dash and marker, so a
    /// list of all groups keeps a school's colour the same from figure to figure. Groups of items that are not
    /// listed follow in the order in which they occur.
    pub groups: Vec<Group>,
    /// The cortex that is seen through the scalp.
    pub cortex: Option<Overlay>,
    /// How it is drawn.
    pub options: Options,
}

impl<'a> Figure<'a> {
    /// A picture of items with the default options.
    pub fn new(head: &'a Head, items: Vec<Item>) -> Self {
        Self {
            head,
            items,
            arrows: Vec::new(),
            groups: Vec::new(),
            cortex: None,
            options: Options::default(),
        }
    }

    /// All groups in order: those listed, then those that only occur.
    pub(crate) fn all_groups(&self) -> Vec<Group> {
        let mut all = self.groups.clone();
        for item in &self.items {
            if !all.iter().any(|g| g.key == item.group) {
                all.push(Group { key: item.group.clone(), name: item.group.clone() });
            }
        }
        all
    }
}

/// A school or another set of items that is drawn alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What [`Item::group`] refers to.
    pub key: String,
    /// What the legend says.
    pub name: String,
}

/// One point, line or area. Positions are mm in the head's frame, on its skin.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Short code, always shown: "GV20", "MS6". An item without a code is drawn and not labelled.
    pub code: String,
    /// Name, shown where there is room: "Baihui 百会". May be empty.
    pub label: String,
    /// The patient's side.
    pub side: Side,
    /// Key of its group.
    pub group: String,
    /// Its geometry.
    pub kind: Kind,
    /// How much it stands out.
    pub emphasis: Emphasis,
}

/// Geometry of an item, mm in the head's frame. Positions that are not finite are left out.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A point.
    Point {
        /// Where it is.
        at: DVec3,
        /// Its error ellipse, as a closed polyline on the skin.
        ellipse: Option<Vec<DVec3>>,
    },
    /// A line.
    Line {
        /// Its course.
        path: Vec<DVec3>,
        /// Where its parts meet, as fractions of its length: 0.2 and 0.6 for "upper fifth, middle two fifths,
        /// lower two fifths".
        parts: Vec<f64>,
    },
    /// An area.
    Area {
        /// Its border.
        outline: Vec<DVec3>,
        /// Whether the last position is joined to the first.
        closed: bool,
    },
}

/// How much an item stands out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Emphasis {
    /// Paler than the others.
    Faint,
    /// As drawn by default.
    #[default]
    Normal,
    /// Larger than the others.
    Strong,
}

/// An arrow between two positions (mm, head frame), drawn where both are seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrow {
    /// Tail.
    pub from: DVec3,
    /// Head.
    pub to: DVec3,
    /// Text at its middle, such as "8.3 mm".
    pub text: String,
}

/// What labels say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LabelText {
    /// Code and name for up to 40 items, else the code.
    #[default]
    Auto,
    /// The code alone; such labels may stand beside their item.
    Code,
    /// Code and name, in columns at both sides.
    CodeAndName,
}

/// What happens to lines on the far side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hidden {
    /// They are not drawn.
    #[default]
    Omit,
    /// They are drawn pale and dotted.
    Faint,
}

/// How a figure is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Heading; the head's name where empty.
    pub title: String,
    /// Small line at the foot: sources, licence.
    pub credits: String,
    /// Width of the widest view's page, px. The other views have the same scale and are narrower.
    pub width_px: f64,
    /// Size of labels, px.
    pub font_px: f64,
    /// Picture elements of the shaded head in one px; fewer where there would be more than 10⁶ in all.
    pub density: f64,
    /// Page.
    pub theme: Theme,
    /// What labels say.
    pub labels: LabelText,
    /// What happens to lines on the far side.
    pub hidden: Hidden,
    /// Nothing is faded out at the lower end, and the scale is that of the one view: for bodies and their parts.
    pub whole: bool,
    /// What is written above a view: its name, and the words at the viewer's left and right; those of a head where
    /// nothing is given.
    pub captions: Option<[String; 3]>,
    /// Beginning of the identifiers in the SVG; give two figures on one HTML page different ones.
    pub id: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            title: String::new(),
            credits: String::new(),
            width_px: 900.0,
            font_px: 11.5,
            density: 1.5,
            theme: Theme::Light,
            labels: LabelText::Auto,
            hidden: Hidden::Omit,
            whole: false,
            captions: None,
            id: "bh".to_owned(),
        }
    }
}

/// Space at the edge of the page, px.
pub(crate) const MARGIN: f64 = 14.0;

/// Scale in px per mm at which the widest of the five views fills a page `width_px` wide.
pub(crate) fn scale(figure: &Figure, width_px: f64, column: f64) -> f64 {
    let cut = Cut::of(figure.head);
    let extents = View::ALL.iter().map(|&v| extent_mm(figure.head, v, cut.as_ref()));
    let widest = extents.map(|e| e.x).fold(1.0, f64::max);
    room(width_px, column) / widest
}

/// Width that columns of labels leave for the head, px.
fn room(width_px: f64, column: f64) -> f64 {
    (width_px - 2.0 * (MARGIN + column + panel::GUTTER)).max(width_px * 0.3)
}

/// The head of a figure in one view, without items: keep it to draw many figures of one head and one
/// [`Options::width_px`] with [`svg_on`].
pub fn backdrop(figure: &Figure, view: View) -> Backdrop {
    let column = panel::column_width(figure, figure.options.width_px);
    let camera = if figure.options.whole {
        let widest = extent_mm(figure.head, view, None).x.max(1.0);
        let scale = room(figure.options.width_px, column) / widest;
        Camera::cut_at(figure.head, view, scale, None)
    } else {
        Camera::new(figure.head, view, scale(figure, figure.options.width_px, column))
    };
    Backdrop::new(figure.head, camera, figure.options.density)
}

/// The views of the head that several figures are of, each to be drawn with [`svg_among`]; `None` without figures.
///
/// They have the resolution that the figure needs in which the head is largest.
pub fn backdrops(figures: &[&Figure]) -> Option<Backdrops> {
    let scale = figures.iter().map(|f| own_scale(f)).fold(0.0, f64::max);
    figures.first().map(|f| Backdrops::new(f.head, scale, f.options.density))
}

/// px per mm of a figure of one view of a head.
fn own_scale(figure: &Figure) -> f64 {
    let width = figure.options.width_px;
    scale(figure, width, panel::column_width(figure, width))
}

/// Draws one view of a figure of a head that [`backdrops`] has drawn before.
pub fn svg_among(figure: &Figure, view: View, backdrops: &Backdrops) -> String {
    svg_on(figure, &backdrops.at_scale(view, own_scale(figure)))
}

/// Draws one view of a figure.
pub fn svg(figure: &Figure, view: View) -> String {
    svg_on(figure, &backdrop(figure, view))
}

/// Draws a figure on a head that [`backdrop`] has drawn before.
pub fn svg_on(figure: &Figure, backdrop: &Backdrop) -> String {
    let view = backdrop.camera.view;
    let options = &figure.options;
    let column = panel::column_width(figure, options.width_px);
    let panel = Panel::new(figure, backdrop, column);
    let width = panel.size.x + 2.0 * MARGIN;
    let title = heading(figure);
    let mut body = String::new();
    let size = 16.0_f64.min(width / 24.0);
    body.push_str(&draw::text(
        MARGIN,
        MARGIN + size,
        "bh-ink bh-b",
        "start",
        size,
        &font::fit(&title, size, Weight::Bold, width - 2.0 * MARGIN),
    ));
    let top = MARGIN + size + 10.0;
    body.push_str(&format!(
        r#"<g transform="translate({} {})">"#,
        crate::xml::px(MARGIN),
        crate::xml::px(top)
    ));
    body.push_str(&panel.body);
    body.push_str("</g>");
    let foot = draw::foot(
        figure,
        &panel.groups,
        panel.camera_scale,
        MARGIN,
        top + panel.size.y + 6.0,
        width - 2.0 * MARGIN,
    );
    body.push_str(&foot.body);
    let height = foot.bottom + MARGIN;
    document(
        figure,
        view.slug(),
        &format!("{title} – {}", options.captions.as_ref().map_or(view.heading(), |c| c[0].as_str())),
        &panel.description,
        width,
        height,
        &body,
    )
}

/// The heading of a figure.
pub(crate) fn heading(figure: &Figure) -> String {
    let title = &figure.options.title;
    if title.is_empty() { figure.head.name.clone() } else { title.clone() }
}

/// A whole SVG document.
pub(crate) fn document(
    figure: &Figure,
    name: &str,
    title: &str,
    description: &str,
    width: f64,
    height: f64,
    body: &str,
) -> String {
    let options = &figure.options;
    let id = escape(&options.id);
    let (w, h) = (width.ceil(), height.ceil());
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
         role=\"img\" aria-labelledby=\"{id}-{name}-title {id}-{name}-desc\">\
         <title id=\"{id}-{name}-title\">{}</title><desc id=\"{id}-{name}-desc\">{}</desc><style>{}</style>\
         <rect class=\"bh-page\" width=\"{w}\" height=\"{h}\"/>{body}</svg>\n",
        escape(title),
        escape(description),
        theme::css(options.theme, font::FAMILY, options.font_px),
    )
}
