//! A picture's tree onto a page: paths, glyphs and images. Filters, masks and gradients, which our pictures do not
//! have, are left out.

use krilla::color::rgb;
use krilla::geom::{Path as PdfPath, PathBuilder, Point, Size, Transform};
use krilla::image::Image;
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule, LineCap, LineJoin, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use resvg::tiny_skia::PathSegment;
use resvg::usvg::{self, ImageKind, Node, Paint, fontdb};
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::export::fonts;

/// Fonts that a document has used, in the order of their numbers.
#[derive(Default)]
pub(super) struct Fonts(BTreeMap<String, Option<Font>>);

impl Fonts {
    fn get(&mut self, id: fontdb::ID) -> Option<Font> {
        let db = fonts();
        let name = db.face(id)?.post_script_name.clone();
        self.0
            .entry(name)
            .or_insert_with(|| {
                let (data, index) = db.with_face_data(id, |data, index| (data.to_vec(), index))?;
                Font::new(data.into(), index)
            })
            .clone()
    }
}

fn transform(t: usvg::Transform) -> Transform {
    Transform::from_row(t.sx, t.ky, t.kx, t.sy, t.tx, t.ty)
}

fn opacity(x: f32) -> NormalizedF32 {
    NormalizedF32::new(x.clamp(0.0, 1.0)).unwrap_or(NormalizedF32::ONE)
}

fn colour(paint: &Paint) -> Option<rgb::Color> {
    match paint {
        Paint::Color(c) => Some(rgb::Color::new(c.red, c.green, c.blue)),
        _ => None,
    }
}

fn fill(f: &usvg::Fill) -> Option<Fill> {
    Some(Fill {
        paint: colour(f.paint())?.into(),
        opacity: opacity(f.opacity().get()),
        rule: match f.rule() {
            usvg::FillRule::NonZero => FillRule::NonZero,
            usvg::FillRule::EvenOdd => FillRule::EvenOdd,
        },
    })
}

fn stroke(s: &usvg::Stroke) -> Option<Stroke> {
    Some(Stroke {
        paint: colour(s.paint())?.into(),
        width: s.width().get(),
        miter_limit: s.miterlimit().get(),
        line_cap: match s.linecap() {
            usvg::LineCap::Butt => LineCap::Butt,
            usvg::LineCap::Round => LineCap::Round,
            usvg::LineCap::Square => LineCap::Square,
        },
        line_join: match s.linejoin() {
            usvg::LineJoin::Miter | usvg::LineJoin::MiterClip => LineJoin::Miter,
            usvg::LineJoin::Round => LineJoin::Round,
            usvg::LineJoin::Bevel => LineJoin::Bevel,
        },
        opacity: opacity(s.opacity().get()),
        dash: s.dasharray().map(|d| StrokeDash { array: d.to_vec(), offset: s.dashoffset() }),
    })
}

/// Adds a path to one under construction.
fn trace(path: &resvg::tiny_skia::Path, b: &mut PathBuilder) {
    for segment in path.segments() {
        match segment {
            PathSegment::MoveTo(p) => b.move_to(p.x, p.y),
            PathSegment::LineTo(p) => b.line_to(p.x, p.y),
            PathSegment::QuadTo(c, p) => b.quad_to(c.x, c.y, p.x, p.y),
            PathSegment::CubicTo(c, d, p) => b.cubic_to(c.x, c.y, d.x, d.y, p.x, p.y),
            PathSegment::Close => b.close(),
        }
    }
}

fn outline(path: &resvg::tiny_skia::Path) -> Option<PdfPath> {
    let mut b = PathBuilder::new();
    trace(path, &mut b);
    b.finish()
}

/// Draws a group with all that it holds.
pub(super) fn group(g: &usvg::Group, surface: &mut Surface<'_>, fonts: &mut Fonts) {
    surface.push_transform(&transform(g.transform()));
    let mut pushed = 1;
    if g.opacity().get() < 1.0 {
        surface.push_opacity(opacity(g.opacity().get()));
        pushed += 1;
    }
    if let Some(clip) = g.clip_path() {
        // A clip of several shapes is their union: one path of all.
        let mut b = PathBuilder::new();
        let mut any = false;
        clip_outline(clip.root(), clip.transform(), &mut b, &mut any);
        if let Some(path) = any.then(|| b.finish()).flatten() {
            surface.push_clip_path(&path, &FillRule::NonZero);
            pushed += 1;
        }
    }
    for node in g.children() {
        match node {
            Node::Group(inner) => group(inner, surface, fonts),
            Node::Path(p) => path(p, surface),
            Node::Text(t) => text(t, surface, fonts),
            Node::Image(i) => image(i, surface, fonts),
        }
    }
    for _ in 0..pushed {
        surface.pop();
    }
}

fn clip_outline(g: &usvg::Group, t: usvg::Transform, b: &mut PathBuilder, any: &mut bool) {
    for node in g.children() {
        match node {
            Node::Path(p) => {
                let Some(moved) = p.data().clone().transform(t) else { continue };
                *any = true;
                trace(&moved, b);
            }
            Node::Group(inner) => clip_outline(inner, t.pre_concat(inner.transform()), b, any),
            Node::Text(_) | Node::Image(_) => {}
        }
    }
}

fn path(p: &usvg::Path, surface: &mut Surface<'_>) {
    let Some(outline) = outline(p.data()).filter(|_| p.is_visible()) else { return };
    let (f, s) = (p.fill().and_then(fill), p.stroke().and_then(stroke));
    if f.is_none() && s.is_none() {
        return;
    }
    surface.set_fill(f);
    surface.set_stroke(s);
    surface.draw_path(&outline);
}

fn text(t: &usvg::Text, surface: &mut Surface<'_>, fonts: &mut Fonts) {
    for span in t.layouted().iter().filter(|s| s.visible) {
        let f = span.fill.as_ref().and_then(fill);
        let s = span.stroke.as_ref().and_then(stroke);
        // A halo is drawn as an outline below the letters; as text it is written once.
        if let Some(s) = s.filter(|_| span.paint_order == usvg::PaintOrder::StrokeAndFill || f.is_none()) {
            glyphs(span, surface, fonts, None, Some(s));
        }
        if f.is_some() {
            glyphs(span, surface, fonts, f, None);
        }
    }
}

fn glyphs(
    span: &usvg::layout::Span,
    surface: &mut Surface<'_>,
    fonts: &mut Fonts,
    f: Option<Fill>,
    s: Option<Stroke>,
) {
    let outlined = f.is_none();
    let size = span.font_size.get();
    // Glyphs of one font on one line go out as one run, so that words stay words when they are selected.
    let mut run: Option<(Font, usvg::Transform, String, Vec<KrillaGlyph>, f32)> = None;
    let flush = |run: &mut Option<(Font, usvg::Transform, String, Vec<KrillaGlyph>, f32)>,
                 surface: &mut Surface<'_>| {
        if let Some((font, at, text, glyphs, _)) = run.take() {
            surface.push_transform(&transform(at));
            surface.set_fill(f.clone());
            surface.set_stroke(s.clone());
            surface.draw_glyphs(Point::from_xy(0.0, 0.0), &glyphs, font, &text, size, outlined);
            surface.pop();
        }
    };
    for glyph in &span.positioned_glyphs {
        let Some(font) = fonts.get(glyph.font) else { continue };
        let upem = font.units_per_em();
        // The glyph's transform goes from font units to the picture: without the scale of the type it is the place.
        let place = glyph.transform().pre_concat(usvg::Transform::from_scale(upem / size, upem / size));
        let joined = run.as_mut().and_then(|(of, start, text, list, end)| {
            let x = (place.tx - start.tx) / start.sx;
            let same_line = *of == font
                && place.ty == start.ty
                && (place.sx, place.sy, place.kx, place.ky) == (start.sx, start.sy, start.kx, start.ky)
                && place.kx == 0.0
                && place.ky == 0.0
                && x > *end;
            if !same_line {
                return None;
            }
            // The advance of the glyph before is what brings the pen here.
            if let Some(last) = list.last_mut() {
                last.x_advance = (x - *end) / size;
            }
            *end = x;
            Some((text, list))
        });
        match joined {
            Some((text, list)) => push(text, list, glyph),
            None => {
                flush(&mut run, surface);
                let (mut text, mut list) = (String::new(), Vec::new());
                push(&mut text, &mut list, glyph);
                run = Some((font, place, text, list, 0.0));
            }
        }
    }
    flush(&mut run, surface);
}

fn push(text: &mut String, list: &mut Vec<KrillaGlyph>, glyph: &usvg::layout::PositionedGlyph) {
    let start = text.len();
    text.push_str(&glyph.text);
    list.push(KrillaGlyph::new(GlyphId::new(glyph.id.0), 0.0, 0.0, 0.0, 0.0, start..text.len(), None));
}

fn image(i: &usvg::Image, surface: &mut Surface<'_>, fonts: &mut Fonts) {
    let bytes = |b: &Arc<Vec<u8>>| b.as_ref().clone();
    let loaded = match i.kind() {
        ImageKind::PNG(b) => Image::from_png(bytes(b).into(), true),
        ImageKind::JPEG(b) => Image::from_jpeg(bytes(b).into(), true),
        ImageKind::GIF(b) => Image::from_gif(bytes(b).into(), true),
        ImageKind::WEBP(b) => Image::from_webp(bytes(b).into(), true),
        ImageKind::SVG(tree) => {
            group(tree.root(), surface, fonts);
            return;
        }
    };
    let size = Size::from_wh(i.size().width(), i.size().height());
    if let (Ok(loaded), Some(size)) = (loaded, size) {
        surface.draw_image(loaded, size);
    }
}
