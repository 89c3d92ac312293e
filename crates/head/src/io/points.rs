//! Digitised points and landmarks in the formats of the field.
//!
//! | format | from | what is known of it |
//! |---|---|---|
//! | `.fcsv`, `.mrk.json` | 3D Slicer | mm; LPS or RAS as the header says |
//! | `.json` | BIDS coordsystem, MNE-style fiducials, Baihui | units as stated |
//! | `.elc` | ASA, FieldTrip | `UnitPosition` |
//! | `.sfp`, `.tsv` | BESA, EGI; BIDS electrodes | unit by the size |
//! | `.bvct` | BrainVision CapTrak (XML) | unit by the size |
//! | `.xml` | EGI coordinates.xml | unit by the size |
//! | `.hsp`, `.elp` | Polhemus | x to the nose, y to the left; unit by the size |
//! | `.hpts` | MNE | unit by the size |
//! | `.csv` | Baihui | mm |
//!
//! Axes of digitised points are the digitiser's: they count only where a format says that they are an image's
//! ([`PointSet::image_axes`]).

use glam::DVec3;

use super::{LengthUnit, Place, foreign::FileError};
use crate::{
    frame::{Point, Side},
    landmark::{Landmark, Landmarks, Origin, name},
};

mod json;
mod lines;
mod xml;

/// Most points that a file may have.
pub const MAX_POINTS: usize = 1_000_000;

/// What a point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A landmark or an electrode with a name.
    Named,
    /// A point somewhere on the skin.
    Shape,
}

/// One point.
#[derive(Clone, Debug, PartialEq)]
pub struct Digitised {
    /// Its name as the file has it; empty for points of the head's shape.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Position, mm.
    pub mm: DVec3,
}

/// The points of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PointSet {
    /// The points in the order of the file.
    pub points: Vec<Digitised>,
    /// Whether the axes are right, anterior, superior of an image's space, as the format says or was converted from.
    pub image_axes: bool,
    /// Unit that the coordinates had, and whether the file said so.
    pub unit: Option<(LengthUnit, bool)>,
}

/// Points before their unit is known.
pub(crate) struct Raw {
    points: Vec<(String, Kind, DVec3)>,
    unit: Option<LengthUnit>,
    image_axes: bool,
}

/// Reads points; the format is told by the file name's extension and, for JSON and XML, by what is inside.
///
/// # Errors
/// [`FileError`] names the format, the line and what is wrong with it.
pub fn read(bytes: &[u8], extension: &str) -> Result<PointSet, FileError> {
    let extension = extension.trim_start_matches('.').to_ascii_lowercase();
    let raw = match extension.as_str() {
        "fcsv" => lines::fcsv(bytes)?,
        "elc" => lines::elc(bytes)?,
        "sfp" => lines::sfp(bytes)?,
        "tsv" => lines::tsv(bytes)?,
        "hsp" | "elp" => lines::polhemus(bytes)?,
        "hpts" => lines::hpts(bytes)?,
        "json" => json::read(bytes)?,
        "bvct" | "xml" => xml::read(bytes)?,
        "csv" => {
            let l = super::csv::read_landmarks(bytes)
                .map_err(|e| FileError::new("landmark CSV", Place::Line(e.line), e.found, e.expected))?;
            let points = l.iter().map(|(n, s, l)| (sided(n, s), Kind::Named, l.position.mm)).collect();
            Raw { points, unit: Some(LengthUnit::Millimetre), image_axes: true }
        }
        other => {
            return Err(FileError::new(
                "points",
                Place::Byte(0),
                format!("a file with the extension \"{}\"", other.chars().take(20).collect::<String>()),
                "fcsv, mrk.json, json, elc, sfp, tsv, bvct, xml, hsp, elp, hpts or csv",
            ));
        }
    };
    settle(raw)
}

fn sided(name: &str, side: Side) -> String {
    if side == Side::Midline { name.to_owned() } else { format!("{name} {side}") }
}

/// Checks the numbers and makes them mm.
fn settle(raw: Raw) -> Result<PointSet, FileError> {
    let wrong = |found: String, expected: &str| {
        FileError::new("points", Place::Part("the coordinates".to_owned()), found, expected)
    };
    if raw.points.is_empty() {
        return Err(wrong("no point".to_owned(), "at least one"));
    }
    if raw.points.len() > MAX_POINTS {
        return Err(wrong(format!("{} points", raw.points.len()), "at most a million"));
    }
    if let Some((n, _, p)) = raw.points.iter().find(|(_, _, p)| !p.is_finite() || p.abs().max_element() > 1e6)
    {
        return Err(wrong(format!("\"{n}\" at {p}"), "finite numbers below a million"));
    }
    let (lo, hi) = raw
        .points
        .iter()
        .fold((DVec3::INFINITY, DVec3::NEG_INFINITY), |(l, h), (_, _, p)| (l.min(*p), h.max(*p)));
    let longest = (hi - lo).max_element();
    // Fiducials alone span 140 mm and more, a head with electrodes less than half a metre.
    let fits = |u: &LengthUnit| (60.0..600.0).contains(&(longest * u.mm()));
    let (unit, stated) = match raw.unit {
        Some(u) if fits(&u) || raw.points.len() < 3 => (u, true),
        Some(u) => {
            return Err(wrong(
                format!("points that are {:.1} mm apart in {u}", longest * u.mm()),
                "60 to 600 mm, as a head's are",
            ));
        }
        None => {
            let all = [LengthUnit::Millimetre, LengthUnit::Centimetre, LengthUnit::Metre];
            let u = all.into_iter().find(fits).ok_or_else(|| {
                wrong(
                    format!("points that are {longest} apart"),
                    "a head in millimetres, centimetres or metres",
                )
            })?;
            (u, false)
        }
    };
    let points =
        raw.points.into_iter().map(|(name, kind, p)| Digitised { name, kind, mm: p * unit.mm() }).collect();
    Ok(PointSet { points, image_axes: raw.image_axes, unit: Some((unit, stated)) })
}

/// The landmark that a name in a file means, with its side: 10-20's and the fiducials' many spellings.
pub fn landmark_of(text: &str) -> Option<(&'static str, Side)> {
    let key: String = text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_ascii_lowercase();
    Some(match key.as_str() {
        "nasion" | "nas" | "nz" | "na" | "fidnz" | "nasionfid" => (name::NASION, Side::Midline),
        "inion" | "iz" | "ini" => (name::INION, Side::Midline),
        "lpa"
        | "fidt9"
        | "leftpreauricular"
        | "preauricularleft"
        | "lefttragus"
        | "leftperiauricularpoint"
        | "leftear"
        | "lhj"
        | "al" => (name::PREAURICULAR, Side::Left),
        "rpa"
        | "fidt10"
        | "rightpreauricular"
        | "preauricularright"
        | "righttragus"
        | "rightperiauricularpoint"
        | "rightear"
        | "rhj"
        | "ar" => (name::PREAURICULAR, Side::Right),
        "glabella" => (name::GLABELLA, Side::Midline),
        "anteriorhairline" => (name::ANTERIOR_HAIRLINE, Side::Midline),
        "posteriorhairline" => (name::POSTERIOR_HAIRLINE, Side::Midline),
        _ => return None,
    })
}

impl PointSet {
    /// The points that are landmarks by their name, as picked by hand; each has the sd of the same landmark in `known`
    /// (the built-in head's say what a careful hand reaches), else `sd_mm`.
    ///
    /// Names of Baihui's own landmarks ("tragus left") are understood as they are.
    pub fn landmarks(&self, known: &Landmarks, sd_mm: f64) -> Landmarks {
        let mut out = Landmarks::new();
        for p in self.points.iter().filter(|p| p.kind == Kind::Named) {
            let own = || {
                known.iter().find_map(|(n, s, _)| {
                    let spelled = [sided(n, s), format!("{s} {n}")];
                    spelled.iter().any(|x| x.eq_ignore_ascii_case(p.name.trim())).then(|| (n.to_owned(), s))
                })
            };
            let Some((n, side)) = landmark_of(&p.name).map(|(n, s)| (n.to_owned(), s)).or_else(own) else {
                continue;
            };
            let method = "given by hand".to_owned();
            let sd_mm = known.get(&n, side).map_or(sd_mm, |l| l.sd_mm);
            out.insert(
                &n,
                side,
                Landmark { position: Point::new(p.mm), sd_mm, origin: Origin::Picked, method },
            );
        }
        out
    }

    /// Position of a named point, whatever the case of its letters.
    pub fn named(&self, name: &str) -> Option<DVec3> {
        self.points
            .iter()
            .find(|p| p.kind == Kind::Named && p.name.trim().eq_ignore_ascii_case(name))
            .map(|p| p.mm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mm(set: &PointSet, name: &str) -> DVec3 {
        set.named(name).unwrap_or_else(|| panic!("{name} is not in {set:?}"))
    }

    #[test]
    fn each_format_says_the_same() {
        let nas = DVec3::new(0.0, 100.0, 0.0);
        let lpa = DVec3::new(-75.0, 0.0, 5.0);
        let files: [(&str, &str); 11] = [
            (
                "fcsv",
                "# Markups fiducial file version = 4.11\n# CoordinateSystem = LPS\n# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID\n1,0,-100,0,0,0,0,1,1,1,0,NAS,,\n2,75,0,5,0,0,0,1,1,1,0,LPA,,\n",
            ),
            (
                "fcsv",
                "# Markups fiducial file version = 4.10\n# CoordinateSystem = 0\n1,0,100,0,0,0,0,1,1,1,0,NAS,,\n2,-75,0,5,0,0,0,1,1,1,0,LPA,,\n",
            ),
            (
                "json",
                r#"{"markups":[{"type":"Fiducial","coordinateSystem":"LPS","controlPoints":[{"id":"1","label":"NAS","position":[0,-100,0]},{"id":"2","label":"LPA","position":[75,0,5]}]}]}"#,
            ),
            (
                "json",
                r#"{"AnatomicalLandmarkCoordinates":{"NAS":[0,10,0],"LPA":[-7.5,0,0.5]},"AnatomicalLandmarkCoordinateUnits":"cm"}"#,
            ),
            ("json", r#"{"NAS":[0,0.1,0],"LPA":[-0.075,0,0.005],"unit":"m"}"#),
            (
                "elc",
                "# ASA electrode file\nReferenceLabel\tavg\nUnitPosition\tmm\nNumberPositions=\t2\nPositions\n0 100 0\n-75 0 5\nLabels\nNAS\nLPA\n",
            ),
            ("sfp", "NAS\t0\t10\t0\nLPA\t-7.5\t0\t0.5\n"),
            (
                "tsv",
                "name\tx\ty\tz\timpedance\nNAS\t0\t0.1\t0\t3\nLPA\t-0.075\t0\t0.005\tn/a\nGND\tn/a\tn/a\tn/a\tn/a\n",
            ),
            (
                "bvct",
                "<?xml version='1.0'?><CapTrakData><CapTrakElectrodeList><CapTrakElectrode><Name>NAS</Name><X>0</X><Y>100</Y><Z>0</Z></CapTrakElectrode><CapTrakElectrode><Name>LPA</Name><X>-75</X><Y>0</Y><Z>5</Z></CapTrakElectrode></CapTrakElectrodeList></CapTrakData>",
            ),
            (
                "xml",
                "<coordinates xmlns='http://www.egi.com/coordinates_mff'><sensorLayout><sensors><sensor><name>NAS</name><number>1</number><type>2</type><x>0</x><y>10</y><z>0</z></sensor><sensor><name>LPA</name><number>2</number><type>2</type><x>-7.5</x><y>0</y><z>.5</z></sensor></sensors></sensorLayout></coordinates>",
            ),
            ("csv", "name,side,x_mm,y_mm,z_mm,sd_mm\nNAS,midline,0,100,0,1\nLPA,midline,-75,0,5,1\n"),
        ];
        for (extension, text) in files {
            let set = read(text.as_bytes(), extension).unwrap_or_else(|e| panic!("{extension}: {e}"));
            assert!(mm(&set, "NAS").distance(nas) < 1e-9, "{extension}: {set:?}");
            assert!(mm(&set, "lpa").distance(lpa) < 1e-9, "{extension}: {set:?}");
            let l = set.landmarks(&Landmarks::new(), 2.0);
            assert_eq!(l.len(), 2, "{extension}");
            assert_eq!(l.mm(name::PREAURICULAR, Side::Left), Some(mm(&set, "LPA")));
        }
    }

    #[test]
    fn polhemus_and_hpts_have_their_fiducials_and_shape() {
        let hsp = "3 200\n//Shape file\n%N name\n%F 0.1 0 0\n%F 0.005 0.075 0\n%F -0.002 -0.074 0\n3 3\n0 0 0.12\n0.05 0 0.1\n-0.05 0 0.1\n";
        let set = read(hsp.as_bytes(), "hsp").unwrap();
        assert!(mm(&set, "nasion").distance(DVec3::new(0.0, 100.0, 0.0)) < 1e-9);
        assert!(mm(&set, "LPA").distance(DVec3::new(-75.0, 5.0, 0.0)) < 1e-9);
        assert_eq!(set.points.iter().filter(|p| p.kind == Kind::Shape).count(), 3);
        let hpts = "# a comment\ncardinal 1 -75 0 0\ncardinal 2 0 100 0\ncardinal 3 75 0 0\nhpi 1 1 2 3\neeg 1 0 0 120\nextra 1 10 0 119\n";
        let set = read(hpts.as_bytes(), "hpts").unwrap();
        assert_eq!(mm(&set, "nasion"), DVec3::new(0.0, 100.0, 0.0));
        assert_eq!(set.points.len(), 5);
    }

    #[test]
    fn nonsense_is_refused_with_its_line() {
        let e = |text: &str, x: &str| read(text.as_bytes(), x).unwrap_err().to_string();
        assert!(e("NAS 0 x 0\n", "sfp").contains("line 1"));
        assert!(e("name\tx\ty\n", "tsv").contains("line 1"));
        assert!(e("NAS\t0\t10\t0\nLPA\t0\t1e9\t0\n", "sfp").contains("below a million"));
        assert!(e("A 0 0 0\nB 0 0 1e-9\n", "sfp").contains("a head in"));
        assert!(e("{\"a\": 3}", "json").contains("JSON"));
        assert!(e("<x/>", "xml").contains("<x>"));
        assert!(e("", "elc").contains("no point"));
        assert!(e("", "doc").contains("extension"));
        assert!(e("# CoordinateSystem = SCANNER\n1,2,3,4\n", "fcsv").contains("SCANNER"));
    }
}
