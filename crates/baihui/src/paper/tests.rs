//! The pages as whoever holds them reads them.

use baihui_clinic::{
    people::{BodyTape, PersonName, Sex},
    plan::{Frame, SiteKey, candidate::sites_to_locate, candidates, check},
    side::{DeficitSide, LesionSide},
};
use baihui_report::stat::html::Part;

use super::*;
use crate::{
    commands::plan::{geometry, on_body},
    files,
};

struct World {
    points: BodyAtlas,
    person: Person,
    atlas: Atlas,
    knowledge: Knowledge,
    head: Head,
}

fn world() -> World {
    let atlas = files::atlas(&[]).unwrap();
    let knowledge = files::knowledge(&atlas, &[]).unwrap();
    let head = files::head("template").unwrap();
    let points = crate::commands::body::atlas().unwrap();
    let names = baihui_atlas::Names::of(&atlas);
    let shape = on_body::asked(whose(), Some(&tape())).shape;
    let person = crate::commands::body::join(&points, &atlas, &names, &shape, &head).unwrap();
    World { points, person, atlas, knowledge, head }
}

fn whose() -> on_body::Whose {
    on_body::Whose { sex: Some(Sex::Female), age_years: Some(76.0) }
}

fn tape() -> BodyTape {
    BodyTape { height_cm: Some(158.0), weight_kg: Some(52.0), ..BodyTape::default() }
}

/// What head and body say.
fn geometry_of(w: &World, keys: &[SiteKey]) -> baihui_clinic::plan::Geometry {
    let mut all = geometry::on_head(&w.atlas, &w.head, None, keys).unwrap();
    all.extend(on_body::on_body(&w.points, &w.person, None, &on_body::keys(&w.atlas, &w.points, keys)));
    all
}

fn patient() -> Patient {
    let mut p =
        Patient::named(PersonName { given: "Fang".into(), family: "Wang".into(), other: "王芳".into() });
    p.birth_date = Some(jiff::civil::date(1950, 2, 28));
    p.sex = Some(Sex::Female);
    p
}

/// A draft from two protocols with its check.
fn plan(w: &World) -> (Plan, baihui_clinic::plan::Check) {
    let request = baihui_clinic::plan::Request {
        condition: "stroke-arm".into(),
        lesion: Some(LesionSide(Laterality::Left)),
        deficit: Some(DeficitSide(Laterality::Right)),
        ..Default::default()
    };
    let keys = sites_to_locate(&w.knowledge, &w.atlas, &request).unwrap();
    let found = candidates(&w.knowledge, &w.atlas, &request, &geometry_of(w, &keys)).unwrap();
    let id = baihui_clinic::id::Id::new(jiff::Timestamp::UNIX_EPOCH, [0; 10]);
    let mut plan = Plan::draft(id, &found.condition);
    (plan.lesion, plan.deficit) = (request.lesion, request.deficit);
    plan.head = Some(geometry::used(&w.head));
    plan.body = Some(on_body::asked(whose(), Some(&tape())).used);
    for c in found.candidates.iter().filter(|c| c.protocol == "ms" || c.protocol == "body") {
        plan.add(c);
    }
    let keys: Vec<SiteKey> = plan.needles.iter().map(PlannedNeedle::key).collect();
    let found = check(&plan, &w.knowledge, &w.atlas, &geometry_of(w, &keys));
    (plan, found)
}

fn subject<'a>(w: &'a World, patient: &'a Patient, language: Language) -> Subject<'a> {
    Subject {
        patient,
        head: &w.head,
        body: Some((&w.points, &w.person)),
        atlas: &w.atlas,
        knowledge: &w.knowledge,
        language,
        today: jiff::civil::date(2026, 11, 30),
        clinic: String::new(),
        invented: false,
    }
}

fn text(parts: &[Part]) -> String {
    let of = |p: &Part| match p {
        Part::Heading(t) | Part::Text(t) | Part::Callout(t) => t.clone(),
        Part::List(items) => items.join("\n"),
        Part::Table { rows, .. } => rows.iter().map(|r| r.join(" | ")).collect::<Vec<_>>().join("\n"),
        Part::Figure { caption, .. } => caption.clone(),
        Part::Figures(all) => all.iter().map(|(_, c)| c.as_str()).collect::<Vec<_>>().join("\n"),
        Part::Link { text, .. } => text.clone(),
    };
    parts.iter().map(of).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_text_has_its_glyphs_and_the_same_holes_in_both_languages() {
    let holes = |t: &str| {
        let mut h: Vec<&str> = t.split('{').skip(1).filter_map(|r| r.split('}').next()).collect();
        h.sort_unstable();
        h.join(",")
    };
    for (en, zh) in words::ALL {
        let missing: Vec<char> = en.chars().chain(zh.chars()).filter(|c| !font::has_glyph(*c)).collect();
        assert!(missing.is_empty(), "{en}: {missing:?}");
        assert_eq!(holes(en), holes(zh), "{en}");
        assert!(!zh.trim().is_empty());
    }
    // The letter prints the note of a session that nobody has signed yet.
    let note = include_str!("../../../clinic/src/session/note.rs");
    let missing: Vec<char> = note.chars().filter(|c| *c != '\n' && !font::has_glyph(*c)).collect();
    assert!(missing.is_empty(), "the note: {missing:?}");
}

#[test]
fn the_sheet_names_each_needle_with_its_side_and_its_tape() {
    let w = world();
    let p = patient();
    let (plan, check) = plan(&w);
    for language in [Language::En, Language::Zh] {
        let s = subject(&w, &p, language);
        let parts = sheet::parts(&s, &plan, &check);
        let all = text(&parts);
        assert!(all.contains("Fang Wang (王芳)") && all.contains("1950-02-28"), "{all}");
        assert!(all.contains(s.words().draft), "a draft says so: {all}");
        let Some(Part::Table { rows, .. }) = parts.iter().find(|p| matches!(p, Part::Table { .. })) else {
            panic!("no table of needles")
        };
        assert_eq!(rows.len(), plan.needles.len());
        for (row, n) in rows.iter().zip(&plan.needles) {
            assert!(row[1].starts_with(&n.spec.site.code), "{row:?}");
            assert_eq!(row[2], side(s.words(), n.spec.site.side), "{row:?}");
            // A zone of the scalp is told how to find it, in the paper's language.
            if let Some(p) = n.place.as_ref().filter(|p| p.frame == Frame::Head) {
                let (tape, unit) = match language {
                    Language::En => (&p.tape, "mm"),
                    Language::Zh => (p.tape_zh.as_ref().unwrap(), "毫米"),
                };
                assert!(tape.contains(unit) && all.contains(tape), "{row:?}: {all}");
            }
        }
        // Each point of the body has its place, its own millimetres and what they are worth.
        let zh = language == Language::Zh;
        for n in plan.needles.iter().filter(|n| w.atlas.find(&n.spec.site.code).is_none()) {
            let place = n.place.as_ref().unwrap_or_else(|| panic!("{} has no place", n.spec.site.code));
            assert_eq!((place.frame, n.spec.site.position_mm), (Frame::Body, None), "{}", n.spec.site.code);
            let side = if n.spec.site.side == Side::Left { -1.0 } else { 1.0 };
            assert!(place.start_mm[0] * side > 0.0, "{} is on the wrong side", n.spec.site.code);
            assert!(place.sd_least_mm.unwrap() >= 3.9 && place.sd_mm <= 20.0, "{place:?}");
            let said = place.sd_about.as_ref().map(|s| if zh { &s.zh } else { &s.en }).unwrap();
            let tape = if zh { place.tape_zh.as_ref().unwrap() } else { &place.tape };
            assert!(all.contains(said) && all.contains(tape), "{}: {all}", n.spec.site.code);
        }
        // The scalp is needled opposite to the arm, on the side of the lesion.
        let left = rows.iter().find(|r| r[1].starts_with("MS6")).unwrap();
        assert_eq!(left[2], s.words().left);
    }
}

#[test]
fn pages_are_pdf_the_same_every_time_and_have_the_picture() {
    let w = world();
    let p = patient();
    let (plan, check) = plan(&w);
    let s = subject(&w, &p, Language::Zh);
    let made = sheet::pdf(&s, &plan, &check).unwrap();
    assert!(made.starts_with(b"%PDF-"));
    assert_eq!(made, sheet::pdf(&s, &plan, &check).unwrap());
    assert!(page::pdf(&s, &plan, Some("5 月 12 日 10:30")).unwrap().starts_with(b"%PDF-"));
    for parts in [sheet::parts(&s, &plan, &check), page::parts(&s, &plan, None)] {
        assert!(parts.iter().any(|p| matches!(p, Part::Figure { .. })));
    }
    // Needles of the left hemisphere are shown from the left or from above, never from the other side.
    assert_ne!(picture::best_view(&s, &plan), baihui_report::View::Right);
}

#[test]
fn the_patients_page_has_no_codes_of_the_trade_and_no_answers() {
    let w = world();
    let mut p = patient();
    p.history = "private words".into();
    let (plan, _) = plan(&w);
    let all = text(&page::parts(&subject(&w, &p, Language::En), &plan, Some("12 May, 10:30")));
    assert!(all.contains("12 May, 10:30") && !all.contains("MS6") && !all.contains("private"), "{all}");
    assert!(all.contains("Nobody can promise") && all.contains("pregnant"), "{all}");
}

#[test]
fn a_name_that_cannot_be_printed_is_refused_with_its_characters() {
    let w = world();
    let mut p = patient();
    p.name.other = "ཏ".into();
    let (plan, check) = plan(&w);
    let said = sheet::pdf(&subject(&w, &p, Language::En), &plan, &check).unwrap_err().to_string();
    assert!(said.contains('ཏ'), "{said}");
}
