//! What a practitioner writes down: units, slips, exchanged entries.

#![expect(clippy::unwrap_used, reason = "a test whose data are wrong has failed")]

use baihui_head::tape::{self, Dimension, Entry, Input, Note, TapeError, Unit};
use proptest::prelude::*;

use Dimension::{Breadth, Circumference, GlabellaHairline, Length, NasionInion, Preauricular};

fn read(given: &[(Dimension, &str)]) -> Result<tape::Checked, TapeError> {
    let mut input = Input::default();
    for (d, text) in given {
        input.set(*d, Some(text.parse().unwrap()));
    }
    tape::check(&input)
}

#[test]
fn units_are_recognised_and_said() {
    for (text, unit) in [("57", Unit::Cm), ("570", Unit::Mm), ("57,5", Unit::Cm)] {
        let c = read(&[(Circumference, text)]).unwrap();
        assert!((c.mm(Circumference).unwrap() - 570.0).abs() < 6.0);
        assert!(matches!(c.notes[..], [Note::Unit { unit: u, .. }] if u == unit), "{:?}", c.notes);
        assert!(c.notes[0].to_string().contains(&unit.to_string()));
    }
    for text in ["57 cm", "570 mm", "22.5 in"] {
        let c = read(&[(Circumference, text)]).unwrap();
        assert!(c.notes.is_empty() && (c.mm(Circumference).unwrap() - 570.0).abs() < 2.0);
    }
    let c = read(&[(GlabellaHairline, "6.2")]).unwrap();
    assert_eq!(c.mm(GlabellaHairline), Some(62.0));
}

#[test]
fn impossible_numbers_are_refused_with_what_may_have_been_meant() {
    for (given, parts) in [
        (vec![(Circumference, "57 mm")], vec!["57 mm", "circumference", "57 cm would fit"]),
        (vec![(Circumference, "5700")], vec!["5700", "between"]),
        (vec![(Circumference, "22.5")], vec!["22.5 in would fit"]),
        (vec![(Circumference, "360 mm")], vec!["arc over the head", "give the age"]),
        (vec![(NasionInion, "3.6 cm")], vec!["nasion–inion"]),
        (vec![(Length, "20 mm")], vec!["20 cm would fit"]),
        (vec![(Circumference, "560"), (NasionInion, "36"), (Length, "281 mm")], vec!["head length"]),
        (vec![(NasionInion, "35"), (Length, "19"), (Breadth, "20")], vec![]),
    ] {
        match read(&given) {
            Err(e) => {
                for p in parts {
                    assert!(e.to_string().contains(p), "{given:?}: {e}");
                }
            }
            // The last case: an exchange, which is another test.
            Ok(c) => assert!(parts.is_empty() && c.notes.iter().any(|n| matches!(n, Note::Exchanged { .. }))),
        }
    }
    assert_eq!(read(&[]).unwrap_err(), TapeError::Nothing);
    assert!(TapeError::Nothing.to_string().contains("circumference"));
    for value in [f64::NAN, f64::INFINITY, 0.0, -57.0] {
        let mut input = Input::default();
        input.set(Circumference, Some(Entry::bare(value)));
        assert!(matches!(tape::check(&input), Err(TapeError::NotALength { .. })));
    }
}

#[test]
fn contradictions_name_both_entries() {
    // 2 × length ≥ circumference: no closed line is that short. No exchange repairs it.
    let e = read(&[(Circumference, "420 mm"), (Length, "215 mm")]).unwrap_err();
    assert!(e.to_string().contains("head length") && e.to_string().contains("circumference"), "{e}");
    // An arc longer than the circumference, which no exchange repairs, for the arcs are both too long.
    let e =
        read(&[(Circumference, "430 mm"), (NasionInion, "440 mm"), (Preauricular, "445 mm")]).unwrap_err();
    assert!(e.to_string().contains("cannot be longer"), "{e}");
}

#[test]
fn exchanged_entries_are_put_right_and_said() {
    let c = read(&[(Circumference, "36"), (NasionInion, "57"), (Preauricular, "37")]).unwrap();
    assert_eq!(
        (c.mm(Circumference), c.mm(NasionInion), c.mm(Preauricular)),
        (Some(570.0), Some(360.0), Some(370.0))
    );
    let said = c.notes.iter().find(|n| matches!(n, Note::Exchanged { .. })).unwrap().to_string();
    assert!(said.contains("circumference 570 mm") && said.contains("nasion–inion arc 360 mm"), "{said}");

    let c = read(&[(Length, "15.3"), (Breadth, "19.6")]).unwrap();
    assert_eq!((c.mm(Length), c.mm(Breadth)), (Some(196.0), Some(153.0)));

    let c = read(&[(NasionInion, "6.2"), (GlabellaHairline, "36")]).unwrap();
    assert_eq!((c.mm(NasionInion), c.mm(GlabellaHairline)), (Some(360.0), Some(62.0)));

    // Possible as given: nothing is touched.
    let c = read(&[(NasionInion, "37"), (Preauricular, "35")]).unwrap();
    assert_eq!(c.mm(NasionInion), Some(370.0));
    assert!(!c.notes.iter().any(|n| matches!(n, Note::Exchanged { .. })));
}

#[test]
fn children_and_unusual_adults_are_let_through_with_a_word() {
    let mut input = Input { age_years: Some(1.0), ..Input::default() };
    input.set(Circumference, Some(Entry::mm(460.0)));
    let c = tape::check(&input).unwrap();
    assert!(matches!(c.notes[..], [Note::Child { .. }]), "{:?}", c.notes);
    input.set(Circumference, Some(Entry::mm(350.0)));
    assert!(tape::check(&input).is_ok());
    input.age_years = Some(40.0);
    assert!(matches!(tape::check(&input), Err(TapeError::Range { .. })));
    input.set(Circumference, Some(Entry::mm(650.0)));
    assert!(matches!(tape::check(&input).unwrap().notes[..], [Note::Unusual { .. }]));
    for age in [-1.0, 200.0, f64::NAN] {
        input.age_years = Some(age);
        assert!(matches!(tape::check(&input), Err(TapeError::Bad { .. })));
    }
}

proptest! {
    /// Nothing that can be typed makes it panic, and what it lets through is inside a head's limits.
    #[test]
    fn any_numbers(values in prop::collection::vec(prop::option::of((-10.0..2000.0_f64, 0..4_u8)), 7)) {
        let mut input = Input::default();
        for (d, v) in Dimension::ALL.into_iter().zip(values) {
            input.set(d, v.map(|(value, u)| Entry {
                value,
                unit: [None, Some(Unit::Mm), Some(Unit::Cm), Some(Unit::In)][usize::from(u)],
            }));
        }
        if let Ok(c) = tape::check(&input) {
            for d in Dimension::ALL {
                if let Some(mm) = c.mm(d) {
                    prop_assert!((10.0..1000.0).contains(&mm));
                }
            }
            if let (Some(circumference), Some(arc)) = (c.mm(Circumference), c.mm(NasionInion)) {
                prop_assert!(arc < circumference);
            }
        }
    }
}
