//! The 10-20, 10-10 and 10-5 systems from nasion, inion and the preauricular points.
//!
//! After Jasper 1958 (10-20), Chatrian 1985 (10-10) and Oostenveld & Praamstra 2001 (10-5). All reference curves
//! are sections by planes through three points. Cz is the place that halves both nasion–Cz–inion and
//! LPA–Cz–RPA; the rims run Fpz–T7–Oz and Fpz–T8–Oz; every row runs from rim to midline to rim and each half is
//! divided by itself; the lower rims (9 and 10) run nasion–preauricular–inion with T9 and T10 in their middle.

use thiserror::Error;

use crate::{
    curve::{Curve, CurveError, geodesic, plane_cut},
    frame::{Point, Side},
    head::Head,
    landmark::name,
    surface::{Surface, SurfacePoint},
};

/// Which sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum System {
    /// The 19 scalp sites of the 10-20 system.
    TenTwenty,
    /// The 10-10 system.
    TenTen,
    /// The 10-5 system.
    TenFive,
}

/// One site.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Name in the modern nomenclature (T7, not T3).
    pub name: String,
    /// The coarsest system that it belongs to.
    pub system: System,
    /// Side of the head.
    pub side: Side,
    /// Where on the skin.
    pub at: SurfacePoint,
    /// The same in mm.
    pub position: Point<crate::HeadFrame>,
}

/// Why the sites could not be placed.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum TenFiveError {
    /// A fiducial is missing.
    #[error(
        "the head has no landmark \"{name}\" ({side}); 10-20 is measured from nasion, inion and both preauricular points"
    )]
    Missing {
        /// Which.
        name: &'static str,
        /// Where.
        side: Side,
    },
    /// A reference curve could not be drawn.
    #[error("the {curve} curve cannot be drawn: {source}")]
    Curve {
        /// Which curve.
        curve: String,
        /// Why.
        source: CurveError,
    },
}

/// The three reference curves and Cz.
#[derive(Clone, Debug)]
pub struct Reference {
    /// Nasion – Cz – inion.
    pub sagittal: Curve,
    /// LPA – Cz – RPA.
    pub coronal: Curve,
    /// Cz.
    pub cz: SurfacePoint,
}

/// Rounds after which Cz is taken as found; each halves its error at least.
const HALF_ROUNDS: usize = 60;
/// Cz is found when it moves by less than this, mm.
const CZ_MM: f64 = 1e-7;

/// Draws the sagittal and the coronal reference curve through the Cz that halves both.
///
/// # Errors
/// [`TenFiveError`].
pub fn reference(skin: &Surface, fiducials: &Fiducials) -> Result<Reference, TenFiveError> {
    let f = fiducials;
    let up = {
        let [n, i, l, r] = [f.nasion, f.inion, f.lpa, f.rpa].map(|p| skin.position(p));
        // Right × anterior.
        ((r - l).cross(n - i)).normalize_or_zero()
    };
    let start = (skin.position(f.lpa) + skin.position(f.rpa)) / 2.0;
    let cz = skin
        .ray(start + up * 1000.0, -up, 2000.0)
        .map(|(p, _)| p)
        .unwrap_or_else(|| skin.closest(start + up * 150.0).0);
    reference_near(skin, fiducials, cz)
}

/// [`reference`] where a place near Cz is known: a head that is warped a little from one whose Cz is known.
///
/// # Errors
/// [`TenFiveError`].
pub fn reference_near(
    skin: &Surface,
    fiducials: &Fiducials,
    start: SurfacePoint,
) -> Result<Reference, TenFiveError> {
    let f = fiducials;
    let mut cz = start;
    let mut position = skin.position(cz);
    for _ in 0..HALF_ROUNDS {
        let sagittal = curve(skin, f.nasion, cz, f.inion, "nasion–Cz–inion")?;
        let middle = sagittal.fraction(skin, 0.5);
        let coronal = curve(skin, f.lpa, middle, f.rpa, "LPA–Cz–RPA")?;
        cz = coronal.fraction(skin, 0.5);
        let moved = skin.position(cz).distance(position);
        position = skin.position(cz);
        if moved < CZ_MM {
            break;
        }
    }
    let sagittal = curve(skin, f.nasion, cz, f.inion, "nasion–Cz–inion")?;
    let coronal = curve(skin, f.lpa, cz, f.rpa, "LPA–Cz–RPA")?;
    Ok(Reference { sagittal, coronal, cz })
}

fn curve(
    skin: &Surface,
    from: SurfacePoint,
    via: SurfacePoint,
    to: SurfacePoint,
    what: &str,
) -> Result<Curve, TenFiveError> {
    plane_cut::through(skin, from, via, to)
        .map_err(|source| TenFiveError::Curve { curve: what.to_owned(), source })
}

/// The four points that the systems are measured from, on the skin.
#[derive(Clone, Copy, Debug)]
pub struct Fiducials {
    /// Nasion.
    pub nasion: SurfacePoint,
    /// Inion.
    pub inion: SurfacePoint,
    /// Left preauricular point.
    pub lpa: SurfacePoint,
    /// Right preauricular point.
    pub rpa: SurfacePoint,
}

impl Fiducials {
    /// From the landmarks of a head, dropped onto its skin.
    ///
    /// # Errors
    /// [`TenFiveError::Missing`].
    pub fn of(head: &Head) -> Result<Self, TenFiveError> {
        let get = |name: &'static str, side| {
            let mm = head.landmarks.mm(name, side).ok_or(TenFiveError::Missing { name, side })?;
            Ok(head.skin.closest(mm).0)
        };
        Ok(Self {
            nasion: get(name::NASION, Side::Midline)?,
            inion: get(name::INION, Side::Midline)?,
            lpa: get(name::PREAURICULAR, Side::Left)?,
            rpa: get(name::PREAURICULAR, Side::Right)?,
        })
    }
}

/// Rows at every 5 % of the midline from nasion (0) to inion (20): name of the row near the midline, name of its
/// lateral part (columns 7 and beyond), and the system of its main columns. There is no row at 5 %.
const ROWS: [(&str, &str, System); 21] = {
    use System::{TenFive, TenTen, TenTwenty};
    [
        ("N", "N", TenTen),
        ("", "", TenFive),
        ("Fp", "Fp", TenTwenty),
        ("AFp", "AFp", TenFive),
        ("AF", "AF", TenTen),
        ("AFF", "AFF", TenFive),
        ("F", "F", TenTwenty),
        ("FFC", "FFT", TenFive),
        ("FC", "FT", TenTen),
        ("FCC", "FTT", TenFive),
        ("C", "T", TenTwenty),
        ("CCP", "TTP", TenFive),
        ("CP", "TP", TenTen),
        ("CPP", "TPP", TenFive),
        ("P", "P", TenTwenty),
        ("PPO", "PPO", TenFive),
        ("PO", "PO", TenTen),
        ("POO", "POO", TenFive),
        ("O", "O", TenTwenty),
        ("OI", "OI", TenFive),
        ("I", "I", TenTen),
    ]
};

/// Columns between midline and rim on one half of a row, as eighths from the midline, with the odd (left) number;
/// the even number is one more.
const COLUMNS: [(usize, u32, bool); 7] =
    [(1, 1, true), (2, 1, false), (3, 3, true), (4, 3, false), (5, 5, true), (6, 5, false), (7, 7, true)];

/// Places all sites up to and including `system` on the head's skin, front to back, left before midline before
/// right within a row.
///
/// # Errors
/// [`TenFiveError`].
pub fn sites(head: &Head, system: System) -> Result<Vec<Site>, TenFiveError> {
    let fiducials = Fiducials::of(head)?;
    let reference = reference(&head.skin, &fiducials)?;
    sites_from(&head.skin, &fiducials, &reference, system)
}

/// [`sites`] where fiducials and reference curves are already known.
///
/// # Errors
/// [`TenFiveError`].
pub fn sites_from(
    skin: &Surface,
    fiducials: &Fiducials,
    reference: &Reference,
    system: System,
) -> Result<Vec<Site>, TenFiveError> {
    let Reference { sagittal, coronal, .. } = reference;
    let midline = |i: usize| sagittal.fraction(skin, i as f64 / 20.0);
    let (fpz, oz) = (midline(2), midline(18));
    let rim = |side: Side| {
        let t = coronal.fraction(skin, if side == Side::Left { 0.1 } else { 0.9 });
        curve(skin, fpz, t, oz, &format!("Fpz–{}–Oz", if side == Side::Left { "T7" } else { "T8" }))
    };
    let rims = [rim(Side::Left)?, rim(Side::Right)?];
    let lower = |side: Side| {
        let ear = if side == Side::Left { fiducials.lpa } else { fiducials.rpa };
        curve(skin, fiducials.nasion, ear, fiducials.inion, &format!("nasion–{side} ear–inion"))
    };
    let lowers = [lower(Side::Left)?, lower(Side::Right)?];

    let mut out = Placing { skin, system, sites: Vec::new() };
    for (i, &(inner, outer, row_system)) in ROWS.iter().enumerate() {
        let z = midline(i);
        // Fpz and Oz came with 10-10; 10-20 has Fz, Cz and Pz on the midline.
        let z_system = if matches!(i, 2 | 18) { System::TenTen } else { row_system };
        // Rims and lower rims are divided as the midline is: 10 % of their length is Fp1, 90 % is O1.
        let fraction = i as f64 / 20.0;
        let edges = [0, 1].map(|k: usize| rims[k].fraction(skin, fraction));
        // The whole row from the left rim to the right; its halves are measured from the midline.
        let row = match i {
            3..=17 => {
                let row = curve(skin, edges[0], z, edges[1], &format!("{inner} row"))?;
                let (at_z, _) = row.closest(skin.position(z));
                Some((row, at_z))
            }
            _ => None,
        };
        let mut halves = [Vec::new(), Vec::new()];
        for (k, half) in halves.iter_mut().enumerate() {
            let number = |odd: u32| odd + k as u32;
            let mut put = |row: &str, odd: u32, h: bool, system: System, at: SurfacePoint| {
                half.push((format!("{row}{}{}", number(odd), if h { "h" } else { "" }), system, at));
            };
            match i {
                // In front of Fp there is only the nasion.
                0 | 1 => {}
                2 | 18 | 20 => {
                    let curve = if i == 20 { &lowers[k] } else { &rims[k] };
                    let (f1, f1h) = if i == 2 { (0.10, 0.05) } else { (0.90, 0.95) };
                    put(inner, 1, true, System::TenFive, curve.fraction(skin, f1h));
                    put(inner, 1, false, row_system, curve.fraction(skin, f1));
                }
                // Half-way up from the lower rim to the rim.
                19 => {
                    for (h, f) in [(true, 0.95), (false, 0.90)] {
                        let (up, down) = (rims[k].fraction(skin, f), lowers[k].fraction(skin, f));
                        let column = geodesic::taut(skin, down, up)
                            .map_err(|source| TenFiveError::Curve { curve: "I1–O1".to_owned(), source })?;
                        put(inner, 1, h, System::TenFive, column.fraction(skin, 0.5));
                    }
                }
                _ => {
                    let edge = edges[k];
                    for (eighths, odd, h) in COLUMNS {
                        let Some((row, at_z)) = &row else { break };
                        let end = if k == 0 { 0.0 } else { row.length_mm() };
                        let at = at_z + (end - at_z) * eighths as f64 / 8.0;
                        let part = if odd == 7 { outer } else { inner };
                        put(part, odd, h, column_system(row_system, odd, h), row.at(skin, at));
                    }
                    let low = lowers[k].fraction(skin, fraction);
                    put(outer, 7, false, column_system(row_system, 7, false), edge);
                    if system == System::TenFive {
                        // Over an eye socket the section may not lead from rim to rim; a tape still does.
                        let column = match plane_cut::through(skin, low, edge, z) {
                            Ok(section) => {
                                let (at_edge, _) = section.closest(skin.position(edge));
                                section.at(skin, at_edge / 2.0)
                            }
                            Err(_) => geodesic::taut(skin, low, edge)
                                .map_err(|source| TenFiveError::Curve {
                                    curve: format!("{outer}9 column"),
                                    source,
                                })?
                                .fraction(skin, 0.5),
                        };
                        put(outer, 9, true, System::TenFive, column);
                    }
                    put(outer, 9, false, row_system.max(System::TenTen), low);
                }
            }
        }
        let [left, right] = halves;
        for (name, level, at) in left.into_iter().rev() {
            out.push(name, level, Side::Left, at);
        }
        match i {
            0 => out.push("Nz".to_owned(), System::TenTen, Side::Midline, z),
            1 => {}
            _ => out.push(format!("{inner}z"), z_system, Side::Midline, z),
        }
        for (name, level, at) in right {
            out.push(name, level, Side::Right, at);
        }
    }
    Ok(out.sites)
}

/// The coarsest system of a column of a row.
fn column_system(row: System, odd: u32, half: bool) -> System {
    match (row, half, odd) {
        (System::TenFive, ..) | (_, true, _) => System::TenFive,
        // F3, F7, C3, T7, P3, P7 and their mirrors.
        (System::TenTwenty, false, 3 | 7) => System::TenTwenty,
        _ => System::TenTen,
    }
}

struct Placing<'a> {
    skin: &'a Surface,
    system: System,
    sites: Vec<Site>,
}

impl Placing<'_> {
    fn push(&mut self, name: String, level: System, side: Side, at: SurfacePoint) {
        if level <= self.system {
            self.sites.push(Site {
                name,
                system: level,
                side,
                at,
                position: Point::new(self.skin.position(at)),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use glam::DVec3;

    use super::*;
    use crate::shapes;

    /// On a sphere every reference curve is a circle and the sites are known in closed form.
    fn sphere() -> (Surface, Fiducials) {
        let s = shapes::sphere(100.0, 7);
        let at = |v: DVec3| s.closest(v * 100.0).0;
        let f = Fiducials {
            nasion: at(DVec3::Y),
            inion: at(DVec3::NEG_Y),
            lpa: at(DVec3::NEG_X),
            rpa: at(DVec3::X),
        };
        (s, f)
    }

    #[test]
    fn a_sphere_gives_the_angles_of_the_system() {
        let (s, f) = sphere();
        let r = reference(&s, &f).unwrap();
        let sites = sites_from(&s, &f, &r, System::TenFive).unwrap();
        assert_eq!(sites.len(), 336);
        let angle = |n: &str| sites.iter().find(|x| x.name == n).unwrap().position.mm.normalize();
        let deg = |x: f64| x.to_radians();
        for (name, expected) in [
            ("Cz", DVec3::Z),
            ("Fz", DVec3::new(0.0, libm::sin(deg(36.0)), libm::cos(deg(36.0)))),
            ("C3", DVec3::new(-libm::sin(deg(36.0)), 0.0, libm::cos(deg(36.0)))),
            ("T8", DVec3::new(libm::sin(deg(72.0)), 0.0, libm::cos(deg(72.0)))),
            ("Oz", DVec3::new(0.0, -libm::sin(deg(72.0)), libm::cos(deg(72.0)))),
        ] {
            let off = 100.0 * angle(name).distance(expected);
            assert!(off < 0.03, "{name}: {off} mm");
        }
        // The rim is the circle at 72° from the vertex: F7 at 60 % of the quarter from Fpz to T7.
        let f7 = angle("F7");
        assert!((libm::acos(f7.z).to_degrees() - 72.0).abs() < 0.02);
        assert!((libm::atan2(-f7.x, f7.y).to_degrees() - 54.0).abs() < 0.02);
    }

    #[test]
    fn names_are_unique_and_sides_are_the_patients() {
        let (s, f) = sphere();
        let r = reference(&s, &f).unwrap();
        let sites = sites_from(&s, &f, &r, System::TenFive).unwrap();
        let mut names: Vec<_> = sites.iter().map(|x| &x.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), sites.len());
        for site in &sites {
            let digits: String = site.name.chars().filter(char::is_ascii_digit).collect();
            let expected = match digits.parse::<u32>() {
                Ok(n) if n % 2 == 1 => Side::Left,
                Ok(_) => Side::Right,
                Err(_) => Side::Midline,
            };
            assert_eq!(site.side, expected, "{}", site.name);
            assert!(site.position.mm.x * expected.sign() >= 0.0, "{} {:?}", site.name, site.position);
        }
        let count = |system| sites_from(&s, &f, &r, system).unwrap().len();
        assert_eq!(count(System::TenTwenty), 19);
        assert_eq!(count(System::TenTen), 87);
    }
}
