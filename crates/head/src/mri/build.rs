//! From an image to a head.

use glam::{DAffine3, DVec3};

use super::{MriError, canonical, checks, face, inion, shading, skin};
use crate::{
    frame::{Point, Side},
    head::{Head, HeadSource, ShapeSpread},
    landmark::{Landmarks, Origin, name},
    mni::{Affine, MniMap, MniRecord},
    progress::{Progress, step},
    register::{
        drape::{self, Drape},
        mutual::{self, Freedom, Samples, Target},
        pose::{self, Pose},
    },
    template,
    volume::Volume,
};

/// A turn other than the header's must fit this much better (score minus 1, relative) before the header is doubted.
const TURN_MARGIN: f64 = 1.0;
/// Least similarity of an image to the built-in head's. See docs/real-heads.md for what heads and other images reach.
const LEAST_SCORE: f64 = 1.06;
/// Surface this near to the border of the image may be a cut, mm.
const BORDER_MM: f64 = 3.0;
/// A landmark that was given must lie this near to the skin, mm.
const GIVEN_MM: f64 = 15.0;
/// Landmarks farther than this from skin that was seen are left out, mm.
const LOST_MM: f64 = 25.0;
/// Landmarks of the face that every image of a head shows.
const FACE: [&str; 4] = ["nasion", "glabella", "pupil", "orbitale"];
/// Standard deviation of carrying a landmark over by the registration, mm. See docs/real-heads.md.
const CARRIED_SD_MM: f64 = 2.5;

/// What the caller knows.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Landmarks that were placed by hand, in the image's mm (RAS). They replace what is found.
    pub landmarks: Landmarks,
    /// Whether the header has exchanged left and right: the picture is mirrored.
    pub flip: bool,
    /// Name of the head; empty for "head from MRI".
    pub name: String,
}

/// Whether the person's own skin was seen around a landmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Seen {
    /// In the image.
    Yes,
    /// Not in the image; continued from what is near.
    Continued,
    /// Not in the image, and too far from what is: left out.
    Lost,
}

/// Something that the user should know.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Doubt {
    /// Short name of the part: "face", "inion", "ears", "field of view", "shading", "left and right", "shape".
    pub part: String,
    /// What it is and what it means.
    pub text: String,
}

/// A head from an image, with what a quality page shows.
#[derive(Clone, Debug)]
pub struct MriHead {
    /// The head, in the image's own millimetres.
    pub head: Head,
    /// Built-in head's mm → image mm, twelve numbers, found on the whole head.
    pub map: DAffine3,
    /// Image mm → MNI mm, twelve numbers, found on the brain.
    pub to_mni: DAffine3,
    /// The image with axes right, anterior, superior, as it was read.
    pub image: Volume,
    /// The scalp as it was cut out of the image, mm.
    pub scalp: crate::Surface,
    /// Similarity to the built-in head's image.
    pub score: f64,
    /// Best similarity by any other turn of the axes.
    pub next_score: f64,
    /// Grey value between air and skin, after the shading was taken out.
    pub threshold: f64,
    /// Root mean square distance between the head's skin and the scalp, mm.
    pub rms_mm: f64,
    /// For each landmark whether its surroundings were seen.
    pub seen: Vec<(String, Side, Seen)>,
    /// Landmarks as they were carried over, where the image then showed another place.
    pub carried: Landmarks,
    /// What is doubtful.
    pub doubts: Vec<Doubt>,
    /// How far each vertex of the head's skin was drawn onto the scalp, 0 to 1.
    pub drawn: Vec<f64>,
}

/// Makes a head of a T1-weighted image. `progress` is told what is being done, and can stop it.
///
/// # Errors
/// [`MriError`] says what the image lacks, or how it contradicts its header.
pub fn build(image: &Volume, options: &Options, progress: &mut Progress<'_>) -> Result<MriHead, MriError> {
    let template = template::template();
    step(progress, "reading directions and evening voxels", 0.0)?;
    let mut even = canonical::even(&canonical::axes(image))?;
    if options.flip {
        even = mirrored(&even);
    }
    let shown = even.clone();
    if even.data.iter().all(|v| *v == even.data[0]) {
        return Err(MriError::Flat);
    }
    let shade = shading::correct(&mut even);

    step(progress, "looking for the head from 24 sides", 0.08)?;
    let (map, score, next_score) = registered(&template, &even, progress)?;

    step(progress, "cutting out the scalp", 0.55)?;
    let skin = skin::cut(&even)?;
    let without = checks::without_skull(&even, &skin.surface, skin.surface.bounds().1, 80.0);
    let beneath_mm = checks::beneath_mm(&template.skin, &map, &skin.surface);
    if without > checks::STRIPPED_PERCENT || beneath_mm > checks::STRIPPED_MM {
        return Err(MriError::Stripped { percent: without, beneath_mm });
    }

    step(progress, "bending the built-in skin onto the scalp", 0.7)?;
    let trusted = |_, q| checks::inside_mm(&even, q) > BORDER_MM;
    let drape =
        drape::drape(&template, &skin.surface, drape::Start::Fixed(map), drape::Known::default(), &trusted)?;

    step(progress, "placing landmarks", 0.85)?;
    let mut landmarks = drape.landmarks(&template, CARRIED_SD_MM);
    face::place(&template, &skin.surface, &map, &drape.skin, &mut landmarks, &trusted);
    let before = landmarks.clone();
    refined(&template, &even, &drape, &mut landmarks);
    let inions_apart_mm = before
        .get(name::INION, Side::Midline)
        .zip(landmarks.get(name::INION, Side::Midline))
        .map(|(then, now)| then.position.mm.distance(now.position.mm));
    let mut carried = Landmarks::new();
    for (name, side, l) in before.iter() {
        if landmarks.get(name, side).is_some_and(|now| now.position != l.position) {
            carried.insert(name, side, l.clone());
        }
    }
    let mut seen = Vec::new();
    let mut lost = Vec::new();
    let mut faceless = 0;
    for (name, side, l) in landmarks.iter_mut() {
        let at = l.position.mm;
        // The auricles are never drawn: what is under them is judged by what is near.
        let away = drape.to_drawn_mm(at);
        let state = if away < 12.0 {
            Seen::Yes
        } else if away < LOST_MM {
            Seen::Continued
        } else {
            Seen::Lost
        };
        if state == Seen::Continued {
            let own = l.sd_mm;
            l.sd_mm = libm::sqrt(own * own + away * away / 4.0);
            l.method = format!("{}; its surroundings are not in the image", l.method);
        }
        if state == Seen::Lost {
            lost.push((name.to_owned(), side));
        }
        // Within the field of view there should be skin.
        if FACE.contains(&name) && state != Seen::Yes && checks::inside_mm(&even, at) > BORDER_MM {
            faceless += 1;
        }
        seen.push((name.to_owned(), side, state));
    }
    for (name, side) in &lost {
        landmarks.remove(name, *side);
    }
    for (name, side, given) in options.landmarks.iter() {
        let (at, off_mm) = drape.skin.closest(given.position.mm);
        let p = given.position.mm;
        if off_mm.is_nan() || off_mm > GIVEN_MM {
            let name = format!("{name} ({side})");
            return Err(MriError::Landmark { name, x: p.x, y: p.y, z: p.z, off_mm, most_mm: GIVEN_MM });
        }
        let mut l = given.clone();
        l.position = Point::new(drape.skin.position(at));
        landmarks.insert(name, side, l);
        seen.retain(|s| !(s.0 == name && s.1 == side));
        seen.push((name.to_owned(), side, Seen::Yes));
    }

    step(progress, "registering the brain to MNI space", 0.87)?;
    let to_mni = brain(&template, &even, &map).inverse();
    let back = to_mni.inverse();
    let brain = match &template.brain {
        Some(b) => Some(b.with_vertices(b.vertices().iter().map(|&v| back.transform_point3(v)).collect())?),
        None => None,
    };
    let ears = template.ears.as_ref().map(|e| drape.carry_surface(e)).transpose()?;

    let found = Found { score, next_score, shade, without, skin: &skin, faceless, inions_apart_mm };
    let doubts = doubts(&found, &seen, &landmarks, options, drape.rms_mm);
    let mut history = vec![
        format!(
            "T1-weighted image, {} × {} × {} voxels of {:.2} × {:.2} × {:.2} mm.",
            image.grid.dims[0],
            image.grid.dims[1],
            image.grid.dims[2],
            image.grid.voxel_mm()[0],
            image.grid.voxel_mm()[1],
            image.grid.voxel_mm()[2]
        ),
        format!(
            "Registered to Colin27 by normalised mutual information, 12 numbers (score {score:.3}; next best turn of the \
             axes {next_score:.3}). Left and right are the header's{}.",
            if options.flip { ", exchanged by hand" } else { "" }
        ),
        format!(
            "Scalp cut at grey value {:.1} after the shading (factor {shade:.1}) was taken out; the built-in skin bent onto \
             it, {:.2} mm root mean square apart. The auricles are the built-in head's.",
            skin.threshold, drape.rms_mm
        ),
    ];
    history.extend(doubts.iter().map(|d| format!("{}: {}", d.part, d.text)));
    let head = Head {
        name: if options.name.is_empty() { "head from MRI".to_owned() } else { options.name.clone() },
        source: HeadSource::Mri,
        history,
        skin: drape.skin.clone(),
        ears,
        brain,
        cortex: None,
        to_mni: Some(record(&to_mni)),
        landmarks,
        spread: ShapeSpread::default(),
    };
    Ok(MriHead {
        head,
        map,
        to_mni,
        image: shown,
        scalp: skin.surface,
        score,
        next_score,
        threshold: skin.threshold,
        rms_mm: drape.rms_mm,
        seen,
        carried,
        doubts,
        drawn: drape.drawn,
    })
}

/// The inion of the image and the one carried over are told apart from this distance on, mm: the standard deviation
/// with which an inion was placed by eye on the test images.
const INIONS_APART_MM: f64 = 10.0;

/// Puts what the person's own image shows in the place of what was carried over.
fn refined(template: &Head, even: &Volume, drape: &Drape, landmarks: &mut Landmarks) {
    let Some(carried) = landmarks.get(name::INION, Side::Midline).cloned() else { return };
    let Some(found) = inion::find(even, &drape.skin, landmarks) else { return };
    if found.sd_mm >= carried.sd_mm {
        return;
    }
    let shift = found.at - carried.position.mm;
    // Two witnesses that contradict each other by so much: neither is trusted to less than half of what lies between
    // them.
    let apart_mm = shift.length();
    let sd_mm = if apart_mm > INIONS_APART_MM { found.sd_mm.max(apart_mm / 2.0) } else { found.sd_mm };
    for (of, what) in [
        (name::INION, "where the occipital bone leaves the scalp on the midline of the image"),
        ("eop-superior", "as far above the inion as on the built-in head"),
        ("eop-tip", "as far from the inion as on the built-in head"),
        ("eop-lower", "as far below the inion as on the built-in head"),
    ] {
        let own = template.landmarks.get(of, Side::Midline).map_or(0.0, |l| l.sd_mm);
        if let Some(l) = landmarks.get_mut(of, Side::Midline) {
            l.position = Point::new(drape.skin.position(drape.skin.closest(l.position.mm + shift).0));
            // The inion itself is seen; its parts keep the error that they have on the built-in head.
            l.sd_mm = if of == name::INION { sd_mm } else { libm::hypot(own, sd_mm) };
            l.origin = Origin::Detected;
            l.method = what.to_owned();
        }
    }
}

/// Standard deviation of a place of the brain after an affine registration, mm along each axis: a target carried by an
/// affine map lay 6.89 mm from that on the person's own cortex on average (shared facts on geometry, section D; one
/// person), and the mean distance of three equal normal errors is 1.596 times their deviation.
const BRAIN_SD_MM: f64 = 6.89 / 1.596;

/// The map as it is kept with the head.
fn record(to_mni: &DAffine3) -> MniRecord {
    let m = to_mni.matrix3.transpose();
    let affine = Affine {
        rows: [m.x_axis.to_array(), m.y_axis.to_array(), m.z_axis.to_array()],
        offset_mm: to_mni.translation.to_array(),
    };
    MniRecord {
        map: MniMap::Affine(affine),
        sd_mm: BRAIN_SD_MM,
        method: "affine registration of the brain to Colin27's T1 image by normalised mutual information; sd: a target \
                 carried by an affine map against the person's own cortex, 6.89 mm on average in one person"
            .to_owned(),
    }
}

/// The image with left and right exchanged about its own middle.
fn mirrored(v: &Volume) -> Volume {
    let mut out = v.clone();
    for row in out.data.chunks_exact_mut(v.grid.dims[0]) {
        row.reverse();
    }
    out
}

/// Template mm → image mm, its score, and the best score of another turn.
fn registered(
    template: &Head,
    even: &Volume,
    progress: &mut Progress<'_>,
) -> Result<(DAffine3, f64, f64), MriError> {
    let image = template::template_image();
    let (lo, hi) = template.skin.bounds();
    let crown = template.landmarks.mm("vertex", Side::Midline).unwrap_or(DVec3::new(0.0, -19.0, hi.z));
    let centre = DVec3::new((lo.x + hi.x) / 2.0, -17.0, 15.0);
    let coarse_samples = Samples::new(&mutual::coarse(image, 9.0), |_| true);
    let low = mutual::coarse(even, 8.0);
    let poses = pose::poses(&coarse_samples, &low, centre, crown);
    let Some(best) = poses.first() else { return Err(MriError::Flat) };
    step(progress, "comparing the best directions with the header's", 0.25)?;
    let header = poses.iter().find(|p| p.is_headers()).unwrap_or(best);
    let target = Target::new(&mutual::coarse(even, 4.0));
    let middle = Samples::new(&mutual::coarse(image, 6.0), |_| true);
    let affine = |p: &Pose| {
        let (map, score) = mutual::register(&middle, &target, centre, &p.map, Freedom::Affine, 8.0, 3);
        // A search that began on its side may have got up: what counts is where it ended.
        Pose { turn: pose::nearest_turn(&map), map, score }
    };
    // Coarse pictures of a head look alike from many sides: the header's turn and the best others are looked at again.
    let rivals: Vec<&Pose> = poses.iter().filter(|p| !p.is_headers()).take(3).collect();
    let (header, rivals) = std::thread::scope(|s| {
        let other = s.spawn(|| rivals.iter().skip(1).map(|p| affine(p)).collect::<Vec<_>>());
        let header = affine(header);
        let mut all: Vec<Pose> = rivals.iter().take(1).map(|p| affine(p)).collect();
        if let Ok(theirs) = other.join() {
            all.extend(theirs);
        }
        (header, all)
    });
    let best_of = |upright: bool| {
        let all = rivals.iter().chain([&header]).filter(|p| p.is_headers() == upright);
        all.fold(None, |best: Option<Pose>, p| match best {
            Some(b) if b.score >= p.score => Some(b),
            _ => Some(*p),
        })
    };
    let (upright, turned) = (best_of(true), best_of(false));
    let other = turned.map_or(1.0, |p| p.score);
    let Some(header) = upright else {
        let found = turned.unwrap_or(header);
        return Err(MriError::Orientation {
            nose: found.nose(),
            crown: found.crown(),
            found: found.score,
            header: 1.0,
        });
    };
    if let Some(turned) = turned {
        check_turn(&turned, &header)?;
    }
    let map = header.map;
    step(progress, "registering to the built-in head", 0.4)?;
    // One voxel in four of the finest level, on a lattice that is even in all directions.
    let fine = Samples::new(image, |p| {
        let v = image.grid.to_voxel(p).round().to_array().map(|c| c as i64);
        (v[0] + v[1]) % 2 == 0 && (v[1] + v[2]) % 2 == 0
    });
    let (map, score) = mutual::register(&fine, &target, centre, &map, Freedom::Affine, 1.0, 2);
    if score < LEAST_SCORE {
        return Err(MriError::NoHead { score, expected: LEAST_SCORE });
    }
    Ok((map, score, other))
}

fn check_turn(best: &Pose, header: &Pose) -> Result<(), MriError> {
    if best.score - 1.0 < TURN_MARGIN * (header.score - 1.0) {
        return Ok(());
    }
    Err(MriError::Orientation {
        nose: best.nose(),
        crown: best.crown(),
        found: best.score,
        header: header.score,
    })
}

/// MNI mm → image mm by the brain alone.
fn brain(template: &Head, even: &Volume, start: &DAffine3) -> DAffine3 {
    let image = template::template_image();
    let Some(brain) = &template.brain else { return *start };
    let (lo, hi) = brain.bounds();
    let near = |p: DVec3| {
        // The brain and the fluid around it; the accelerator answers only for what may be near.
        p.cmpge(lo - 6.0).all() && p.cmple(hi + 6.0).all() && {
            let (at, d) = brain.closest(p);
            d < 5.0 || (p - brain.position(at)).dot(brain.normal(at)) < 0.0
        }
    };
    let samples = Samples::new(image, near);
    let target = Target::new(&mutual::coarse(even, 3.0));
    mutual::register(&samples, &target, (lo + hi) / 2.0, start, Freedom::Affine, 4.0, 3).0
}

struct Found<'a> {
    score: f64,
    next_score: f64,
    shade: f64,
    without: f64,
    skin: &'a skin::Skin,
    /// Landmarks of the face without skin around them, within the field of view.
    faceless: usize,
    /// From the inion that the built-in head carried over to the one that the image shows, mm.
    inions_apart_mm: Option<f64>,
}

/// What the user should look at.
fn doubts(
    found: &Found<'_>,
    seen: &[(String, Side, Seen)],
    landmarks: &Landmarks,
    options: &Options,
    rms_mm: f64,
) -> Vec<Doubt> {
    let mut out = Vec::new();
    let mut say = |part: &str, text: String| out.push(Doubt { part: part.to_owned(), text });
    say(
        "left and right",
        if options.flip {
            "exchanged by hand (--flip) against the file's header".to_owned()
        } else {
            "taken from the file's header; a picture cannot show them. A vitamin capsule or the person's own asymmetry can"
                .to_owned()
        },
    );
    let names = |state: Seen| -> Vec<String> {
        let named = |n: &str, s: Side| if s == Side::Midline { n.to_owned() } else { format!("{n} ({s})") };
        seen.iter().filter(|s| s.2 == state).map(|(n, s, _)| named(n, *s)).collect()
    };
    let continued = names(Seen::Continued);
    if !continued.is_empty() {
        say(
            "field of view",
            format!(
                "not in the image, continued from what is near, with a larger sd: {}",
                continued.join(", ")
            ),
        );
    }
    let lost = names(Seen::Lost);
    if !lost.is_empty() {
        say(
            "field of view",
            format!(
                "not in the image and too far from what is; zones that need these cannot be located: {}",
                lost.join(", ")
            ),
        );
    }
    if found.faceless > 0 {
        say(
            "face",
            format!(
                "{} landmarks of the face have no skin around them although the image reaches there: it looks defaced. \
                 The face is the built-in head's; give at least the nasion by hand",
                found.faceless
            ),
        );
    }
    if found.shade > 3.0 {
        say(
            "shading",
            format!(
                "the brightness changes by a factor of {:.1} over the head; it was evened, look at the outline",
                found.shade
            ),
        );
    }
    if found.without > checks::DOUBTED_PERCENT {
        say(
            "skull",
            format!(
                "on {:.0} % of the lines from the scalp inward no skull was seen: look whether the outline follows the skin",
                found.without
            ),
        );
    }
    if rms_mm > 1.0 {
        say(
            "shape",
            format!(
                "the head's skin and the scalp lie {rms_mm:.1} mm apart (root mean square): look at the outline"
            ),
        );
    }
    if found.next_score - 1.0 > 0.8 * (found.score - 1.0) {
        say(
            "directions",
            format!(
                "another turn of the axes fits nearly as well ({:.3} against {:.3})",
                found.next_score, found.score
            ),
        );
    }
    if landmarks.get(name::INION, Side::Midline).is_some_and(|l| l.origin == Origin::Template) {
        say(
            "inion",
            "the image does not show clearly where the occipital bone leaves the scalp: the inion is carried over from the \
             built-in head. Feel for it, and give it by hand"
                .to_owned(),
        );
    }
    if let Some(apart) = found.inions_apart_mm.filter(|&apart| apart > INIONS_APART_MM) {
        say(
            "inion",
            format!(
                "the place where the occipital bone leaves the scalp lies {apart:.0} mm from where the built-in head carries \
                 the inion to: a finger might stop at either. Feel for it, and give it by hand"
            ),
        );
    }
    let picked =
        landmarks.iter().filter(|(_, _, l)| l.origin == Origin::Picked && l.method.contains("given")).count();
    if picked == 0 {
        say(
            "landmarks",
            "found by the program and not confirmed by anybody: compare them with the pictures".to_owned(),
        );
    }
    if found.skin.air.0 > 0.5 * found.skin.threshold {
        say(
            "noise",
            format!(
                "the air around the head has a mean of {:.1} against a threshold of {:.1}: ghosts or noise",
                found.skin.air.0, found.skin.threshold
            ),
        );
    }
    out
}
