//! The landmarks of the built-in head: where each comes from, and how far to trust it.

use anyhow::{Context, Result};
use baihui_head::{
    Axes, Curve, Landmark, Landmarks, Origin, Point, Side, Surface,
    curve::{
        geodesic,
        plane_cut::{self, Stop},
    },
};
use glam::DVec3;

use super::{
    colin::{self, Colin},
    crest, ear,
    fit::Fit,
    human::Human,
};

pub(super) const BOTH: [Side; 2] = [Side::Left, Side::Right];

/// What the landmarks are found with.
pub(crate) struct Place<'a> {
    pub(crate) human: &'a Human,
    pub(crate) colin: &'a Colin,
    pub(crate) fit: &'a Fit,
    /// The measuring skin.
    pub(crate) skin: &'a Surface,
    /// Left and right auricle.
    pub(crate) ears: &'a [Surface; 2],
    /// Base vertices of the human mesh where the fit has put them; `None` for those that were cut away.
    pub(crate) base: &'a dyn Fn(u32) -> Option<DVec3>,
}

pub(super) struct Making<'a> {
    pub(super) place: &'a Place<'a>,
    out: Landmarks,
}

impl Making<'_> {
    pub(super) fn put(
        &mut self,
        name: &str,
        side: Side,
        mm: DVec3,
        sd_mm: f64,
        origin: Origin,
        method: &str,
    ) {
        let skin = self.place.skin;
        let position = Point::new(skin.position(skin.closest(mm).0));
        self.out.insert(name, side, Landmark { position, sd_mm, origin, method: method.to_owned() });
    }

    pub(super) fn mm(&self, name: &str, side: Side) -> Result<DVec3> {
        self.out.mm(name, side).with_context(|| format!("the landmark {name} ({side}) is needed first"))
    }

    /// A vertex of the human mesh (named on the left), as fitted.
    fn vertex(&self, side: Side, left: u32) -> DVec3 {
        self.fitted(&[self.place.human.on(side, left)])[0]
    }

    /// Vertices of the human mesh, as fitted.
    fn fitted(&self, vertices: &[u32]) -> Vec<DVec3> {
        let at =
            |&v: &u32| (self.place.base)(v).unwrap_or_else(|| self.place.fit.apply(self.place.human.at(v)));
        vertices.iter().map(at).collect()
    }

    /// The skin straight beside a point inside the head.
    pub(super) fn beside(&self, side: Side, inside: DVec3) -> Result<DVec3> {
        let (at, _) = self
            .place
            .skin
            .ray(inside, DVec3::X * side.sign(), 200.0)
            .with_context(|| format!("no skin beside {inside}"))?;
        Ok(self.place.skin.position(at))
    }

    /// Vertices of the human mesh on both sides.
    fn vertices(&mut self, name: &str, left: u32, sd_mm: f64, method: &str) {
        for side in BOTH {
            self.put(name, side, self.vertex(side, left), sd_mm, Origin::Template, method);
        }
    }

    /// The same place on both sides, read off Colin's image inside the head, carried sideways to the skin.
    pub(super) fn picked_beside(
        &mut self,
        name: &str,
        left: DVec3,
        right: DVec3,
        sd_mm: f64,
        method: &str,
    ) -> Result<()> {
        for (side, p) in [(Side::Left, left), (Side::Right, right)] {
            let at = self.beside(side, p)?;
            self.put(name, side, at, sd_mm, Origin::Picked, method);
        }
        Ok(())
    }
}

/// Places all landmarks that can be justified.
pub(crate) fn all(place: &Place<'_>) -> Result<Landmarks> {
    let mut m = Making { place, out: Landmarks::new() };
    fiducials(&mut m);
    bone(&mut m)?;
    face(&mut m)?;
    ear::places(&mut m)?;
    let axes = m.out.axes().context("no axes")?;
    ear::apex(&mut m, &axes)?;
    hairline(&mut m, &axes)?;
    vault(&mut m, &axes)?;
    Ok(m.out)
}

/// How much of the vault counts as its top, mm.
const VAULT_MM: f64 = 1.0;

/// Operator error of placing a point on a head: 2–3 mm (facts on 10-20 placement: Towle 1993 gives 1.4 mm mean
/// retest error of digitised points, hand-marked points 2–3 mm).
const OPERATOR: &str = "sd: operator error of marking a point, 2–3 mm";

fn fiducials(m: &mut Making<'_>) {
    let source = "published fiducial of Colin27 (FieldTrip standard_1005.elc), moved to the nearest skin";
    let say = |why: &str| format!("{source}; {why}");
    m.put("nasion", Side::Midline, colin::NASION, 2.0, Origin::Template, &say(OPERATOR));
    for (side, p) in [(Side::Left, colin::LPA), (Side::Right, colin::RPA)] {
        m.put("preauricular", side, p, 3.0, Origin::Template, &say(OPERATOR));
    }
    m.put(
        "inion",
        Side::Midline,
        colin::INION,
        5.0,
        Origin::Template,
        &say("sd: twice the operator error, since the inion is hard to define in more than 30 % of people (Myslobodsky 1989)"),
    );
}

/// What is seen of the bone in Colin's T1 image (ch2, 1 mm), carried out to the skin.
fn bone(m: &mut Making<'_>) -> Result<()> {
    let image = "read off Colin27's T1 image (ch2, 1 mm voxels)";
    for (name, z, what) in [
        (
            "eop-superior",
            -13.0,
            "upper limit of the thickened outer table of the occipital bone on the midline",
        ),
        (
            "eop-tip",
            -20.0,
            "where the outer table stands out farthest and the nuchal muscles begin, on the midline",
        ),
        ("eop-lower", -27.0, "lower limit of the thickened outer table of the occipital bone on the midline"),
    ] {
        let (at, _) =
            m.place.skin.ray(DVec3::new(0.0, -60.0, z), DVec3::NEG_Y, 200.0).context("no occiput")?;
        let p = m.place.skin.position(at);
        let method = format!(
            "{what}, {image}, straight behind it on the skin; sd: the protuberance of this head is faint, about half its height"
        );
        m.put(name, Side::Midline, p, 4.0, Origin::Picked, &method);
    }
    for (side, x) in [(Side::Left, -34.0), (Side::Right, 34.0)] {
        let p = DVec3::new(x, 63.0, -57.0);
        let (at, _) = m.place.skin.ray(p, DVec3::Y, 60.0).context("no cheek")?;
        let p = m.place.skin.position(at);
        let method = format!(
            "lowest point of the orbital margin below the pupil, {image}, straight in front of it on the skin; {OPERATOR}"
        );
        m.put("orbitale", side, p, 2.5, Origin::Picked, &method);
    }
    m.picked_beside(
        "porion",
        DVec3::new(-66.0, -25.0, -47.0),
        DVec3::new(66.0, -25.0, -46.0),
        3.0,
        &format!("upper margin of the ear canal, {image} (sagittal, |x| = 66), straight beside it on the skin; {OPERATOR}"),
    )?;
    m.picked_beside(
        "mandibular-condyle",
        DVec3::new(-62.0, -11.0, -54.0),
        DVec3::new(62.0, -10.0, -56.0),
        4.0,
        &format!("centre of the condyle, {image} (sagittal, |x| = 62), straight beside it on the skin; sd: half the condyle's width"),
    )?;
    let arch = "of the zygomatic arch half way between its roots (y = 10)";
    for (name, left, right, what) in [
        ("zygomatic-arch-middle-upper", -45.0, -46.5, "upper border"),
        ("zygomatic-arch-middle", -48.5, -50.0, "middle"),
        ("zygomatic-arch-middle-lower", -52.0, -53.5, "lower border"),
    ] {
        let at = |x: f64, z: f64| DVec3::new(x, 10.0, z);
        m.picked_beside(name, at(-70.0, left), at(70.0, right), 4.0, &format!("{what} {arch}, {image} (coronal), straight beside it on the skin; sd: height to a voxel, place along the arch to half a centimetre"))?;
    }
    m.picked_beside(
        "mandibular-notch",
        DVec3::new(-60.0, 7.0, -60.0),
        DVec3::new(60.0, 7.0, -60.0),
        6.0,
        &format!("half way between the condyle and the coronoid process, {image} (axial), straight beside it on the skin; sd: the notch itself is not seen in the image"),
    )?;
    m.picked_beside(
        "mastoid-tip",
        DVec3::new(-64.0, -40.0, -71.0),
        DVec3::new(66.0, -39.0, -70.0),
        4.0,
        &format!("lower end of the mastoid process, {image} (sagittal, |x| = 64–66; the image ends just there), straight beside it on the skin; sd: the end is not wholly inside the image"),
    )?;
    m.picked_beside(
        "mastoid-centre",
        DVec3::new(-64.0, -47.0, -57.0),
        DVec3::new(66.0, -47.0, -57.0),
        5.0,
        &format!("middle of the mastoid process between the level of the ear canal and its tip, {image}, straight beside it on the skin; sd: a broad, flat prominence"),
    )
}

fn face(m: &mut Making<'_>) -> Result<()> {
    let artist = "place on the CC0 human mesh of MakeHuman (hm08), fitted to Colin27";
    let brow = "where the mesh's own brow-raising targets move it most";
    m.vertices(
        "brow-medial",
        6983,
        4.0,
        &format!("medial end of the eyebrow: {artist}, {brow}; sd: an artist's convention, hair varies"),
    );
    m.vertices(
        "brow-lateral",
        7024,
        5.0,
        &format!("lateral end of the eyebrow: {artist}, {brow}; sd: an artist's convention, hair varies"),
    );
    m.vertices("brow-middle-upper", 6996, 4.0, &format!("middle of the upper border of the eyebrow: {artist}, {brow}; sd: an artist's convention, hair varies"));
    let medial = BOTH.map(|s| m.mm("brow-medial", s));
    let [Ok(l), Ok(r)] = medial else { anyhow::bail!("no brows") };
    let middle = (l + r) / 2.0 * DVec3::new(0.0, 1.0, 1.0);
    let (at, _) = m.place.skin.ray(middle - DVec3::Y * 30.0, DVec3::Y, 80.0).context("no glabella")?;
    let p = m.place.skin.position(at);
    m.put("glabella", Side::Midline, p, 3.0, Origin::Rule, "midpoint between the medial ends of the eyebrows (WHO 2008), on the midline; sd: that of the brows' height, mean of two");
    for side in BOTH {
        let p = m.mm("brow-medial", side)?;
        m.put(
            "frontal-notch",
            side,
            p,
            4.0,
            Origin::Rule,
            "at the medial end of the eyebrow, where WHO 2008 has the frontal notch; sd: that of the brow",
        );
        let n = usize::from(side == Side::Right);
        let eye = m.place.colin.eyes[n];
        let (at, _) = m.place.skin.ray(eye, DVec3::Y, 60.0).context("no lid in front of the eyeball")?;
        let p = m.place.skin.position(at);
        m.put("pupil", side, p, 2.0, Origin::Template, "straight in front of the eyeball's centre, which is the centroid of the dark vitreous in Colin27's T1 image; sd: gaze straight ahead assumed, 2 mm");
        let lids = m.place.human.eyelids(side)?;
        let margin = m.fitted(&lids);
        let by = |a: &&DVec3, b: &&DVec3| a.x.abs().total_cmp(&b.x.abs());
        let (inner, outer) = (margin.iter().min_by(by).copied(), margin.iter().max_by(by).copied());
        for (name, p) in [("inner-canthus", inner), ("outer-canthus", outer)] {
            let p = p.context("no eyelids")?;
            let end = if name == "inner-canthus" { "medial" } else { "lateral" };
            m.put(name, side, p, 3.0, Origin::Template, &format!("{end} end of the opening between the lids: {artist}, with the eyeball at Colin27's; {OPERATOR}"));
        }
    }
    Ok(())
}

/// Trichion to glabella of column 1 (larger) of jkamprs s40902-019-0191-7, table 9: 61.4 ± 3.2 mm.
const TRICHION_GLABELLA_MM: (f64, f64) = (61.4, 3.2);
/// Mean head length of 4082 US Army men (ANSUR II), mm.
const HEAD_LENGTH_MM: f64 = 199.5;

fn hairline(m: &mut Making<'_>, axes: &Axes) -> Result<()> {
    let skin = m.place.skin;
    let glabella = m.mm("glabella", Side::Midline)?;
    let superior = m.mm("eop-superior", Side::Midline)?;
    let point = |p: DVec3| skin.closest(p).0;
    let midline = midline(m, axes)?;
    // MNI heads are larger than life: the population's millimetres grow with the head's length.
    let length = midline.points().iter().map(|p| p.distance(glabella)).fold(0.0, f64::max);
    let scale = length / HEAD_LENGTH_MM;
    let mut along = 0.0;
    while along < midline.length_mm()
        && midline.position_at(along).distance(glabella) < TRICHION_GLABELLA_MM.0 * scale
    {
        along += 0.1;
    }
    let front = midline.position_at(along);
    // The spread of people's hairlines and that of the brows it is measured from.
    let sd = libm::sqrt(TRICHION_GLABELLA_MM.1 * TRICHION_GLABELLA_MM.1 * scale * scale + 9.0);
    m.put("anterior-hairline", Side::Midline, front, sd, Origin::Population, &format!(
        "on the midline at 61.4 mm from the glabella in a straight line (jkamprs s40902-019-0191-7, table 9, the larger column; sex and people not seen there), times {scale:.3} because this head is {length:.0} mm long and a man's 199.5 mm (ANSUR II); the surface shows no hair; sd: 3.2 mm of that table and 3 mm of the glabella"
    ));
    let cun = (midline.length_mm() - along) / 9.5;
    // On beyond the occiput in the same plane.
    let on = |cuns: f64| -> Result<DVec3> {
        let beyond = cuns * cun - (midline.length_mm() - along);
        let end = point(superior);
        let normal = DVec3::X;
        let curve =
            plane_cut::walk(skin, end, normal, DVec3::NEG_Z, Stop::After(beyond)).context("the nape")?;
        Ok(curve.position_at(beyond))
    };
    m.put("posterior-hairline", Side::Midline, on(12.0)?, 10.0, Origin::Rule, &format!(
        "12 cun behind the anterior hairline along the midline, where the upper border of the protuberance is 9.5 (WHO 2008: GV17 and the 12 cun from hairline to hairline): one cun is {cun:.1} mm; the surface shows no hair; sd: a third of a cun, the rounding of the rule"
    ));
    m.put("c2-spinous", Side::Midline, on(11.5)?, 10.0, Origin::Rule,
        "upper border of the spine of the axis, taken at GV15, 11.5 cun behind the anterior hairline (WHO 2008: GV15 lies just above it, 0.5 above the posterior hairline); no vertebra is in the image; sd: a third of a cun");
    m.put("c7-spinous", Side::Midline, m.vertex(Side::Left, 858), 12.0, Origin::Template,
        "on the nape at the level of the neck joint of the CC0 human mesh of MakeHuman, which stands for the lowest cervical vertebra; the image ends above it; sd: about half a vertebra's height");
    // The gap between the muscles at the skull, carried down to the level of GV16.
    let level = on(11.0)?;
    for side in BOTH {
        let (tip, mastoid) = (m.mm("eop-lower", Side::Midline)?, m.mm("mastoid-centre", side)?);
        let nuchal = geodesic::shortest(skin, point(tip), point(mastoid)).context("the nuchal line")?;
        let gap = nuchal.position_at(nuchal.length_mm() * (1.0 / 3.0 + 1.0 / 2.0) / 2.0);
        let row = plane_cut::walk(skin, point(level), axes.superior, axes.lateral(side), Stop::After(90.0))
            .context("the nape")?;
        let p = first(&row, |p| (p - gap).dot(axes.lateral(side)) >= 0.0);
        m.put("gb20-hollow", side, p, 10.0, Origin::Rule,
            "between the trapezius, which comes from the medial third of the superior nuchal line, and the sternocleidomastoid, which goes to its lateral half (neurosurgicalatlas.com, superficial musculature of the posterior neck): in the middle of that gap on the way from the protuberance to the mastoid, moved down to the level of GV16, 11 cun (WHO 2008: GB20 at the level of GV16); the surface does not show the muscles; sd: half the gap and a third of a cun");
    }
    // The temple: Jiao's way out where the hair's edge is not to be had, and the ear's root.
    let brows = [m.mm("brow-middle-upper", Side::Left)?, m.mm("brow-middle-upper", Side::Right)?];
    let tip = m.mm("eop-tip", Side::Midline)?;
    let normal = (brows[1] - brows[0]).cross(tip - brows[0]);
    for side in BOTH {
        let brow = brows[usize::from(side == Side::Right)];
        let arch = m.mm("zygomatic-arch-middle", side)?;
        let line = plane_cut::walk(skin, point(brow), normal, axes.lateral(side), Stop::After(120.0))
            .context("the brow–occiput line")?;
        let mut s = 0.0;
        while s < 120.0 && (line.position_at(s) - arch).dot(axes.anterior) > 0.0 {
            s += 0.1;
        }
        m.put("temple-hairline-anterior", side, line.position_at(s - 5.0), 10.0, Origin::Rule,
            "0.5 cm in front of the vertical of the middle of the zygomatic arch, on the line from the middle of the upper border of the brow to the tip of the protuberance (GMZYJC, after Jiao, for temples without a clear edge); the surface shows no hair; sd: the edge is missing in many people and varies by a centimetre");
        let front = m.mm("ear-root-anterior", side)?;
        m.put("temple-hairline-posterior", side, front, 5.0, Origin::Rule,
            "at the foremost point of the ear's root, up to which the hair of the temple reaches; the surface shows no hair; sd: that of the root, and a narrow bare strip in front of it");
    }
    // The corner: GB15 is above the pupil and half way to the corner (WHO 2008).
    for side in BOTH {
        let pupil = m.mm("pupil", side)?;
        let level =
            plane_cut::walk(skin, point(front), axes.superior, axes.lateral(side), Stop::After(140.0))
                .context("the front hairline")?;
        let mut s = 0.0;
        while s < 140.0
            && (level.position_at(s) - front).dot(axes.lateral(side))
                < (pupil - front).dot(axes.lateral(side))
        {
            s += 0.1;
        }
        m.put("hairline-corner", side, level.position_at(2.0 * s), 10.0, Origin::Rule,
            "on the level of the anterior hairline, twice as far from the midline along the skin as the vertical of the pupil (WHO 2008: GB15 lies above the pupil and half way between GV24 and ST8, 4.5 cun); the surface shows no hair; sd: receding corners vary by a centimetre and more");
    }
    Ok(())
}

/// The section from the glabella over the top to the upper border of the protuberance.
fn midline(m: &Making<'_>, axes: &Axes) -> Result<Curve> {
    let skin = m.place.skin;
    let (glabella, behind) = (m.mm("glabella", Side::Midline)?, m.mm("eop-superior", Side::Midline)?);
    let over = skin.ray(DVec3::ZERO, axes.superior, 200.0).context("no vertex")?.0;
    plane_cut::through(skin, skin.closest(glabella).0, over, skin.closest(behind).0).context("the midline")
}

fn vault(m: &mut Making<'_>, axes: &Axes) -> Result<()> {
    let skin = m.place.skin;
    let midline = midline(m, axes)?;
    let top = crest::of_line(&crest::line(midline.points()), axes.superior, VAULT_MM).context("no vertex")?;
    m.put("vertex", Side::Midline, top * DVec3::new(0.0, 1.0, 1.0), 8.0, Origin::Rule,
        "highest point of the midline with the head in the Frankfurt plane (middle of its highest millimetre); sd: the vault is flat there, and a few degrees of tilt move it by this much");
    for side in BOTH {
        let mastoid = m.mm("mastoid-centre", side)?;
        let start = first_on_midline(skin, axes, mastoid)?;
        let down = plane_cut::walk(
            skin,
            skin.closest(start).0,
            axes.anterior,
            axes.lateral(side),
            Stop::After(150.0),
        )
        .context("the coronal section of the mastoid")?;
        // Turning of the section over four centimetres, from the midline's edge to above the ear.
        let (mut best, mut s) = ((f64::NEG_INFINITY, 0.0), 30.0);
        while s < 130.0 {
            let turn =
                down.mean_direction_at(s - 20.0, 5.0).angle_between(down.mean_direction_at(s + 20.0, 5.0));
            if turn > best.0 {
                best = (turn, s);
            }
            s += 0.5;
        }
        m.put("parietal-eminence", side, down.position_at(best.1), 10.0, Origin::Rule,
            "on the coronal section through the middle of the mastoid, where the section turns most from the top to the side within four centimetres (no source gives a rule; the plane follows the neurosurgical description: superior temporal line above the posterior mastoid); sd: a broad eminence without a peak");
    }
    Ok(())
}

/// The first place along a curve that satisfies a condition, in steps of 0.1 mm; its end where none does.
fn first(curve: &Curve, holds: impl Fn(DVec3) -> bool) -> DVec3 {
    let mut s = 0.0;
    while s < curve.length_mm() && !holds(curve.position_at(s)) {
        s += 0.1;
    }
    curve.position_at(s)
}

/// The top of the skin on the midline in the coronal plane of a point.
fn first_on_midline(skin: &Surface, axes: &Axes, coronal: DVec3) -> Result<DVec3> {
    let middle = coronal - axes.right * coronal.dot(axes.right);
    let (at, _) = skin.ray(middle, axes.superior, 300.0).context("no vault above the mastoid")?;
    Ok(skin.position(at))
}
