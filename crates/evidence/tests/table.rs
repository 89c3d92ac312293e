//! Tables as people have them: the names of several tools, and every kind of damage.

use baihui_evidence::table::{Kind, Limits, RowData, TableError, TrialTable};
use proptest::prelude::*;

fn csv(text: &str) -> Result<TrialTable, TableError> {
    TrialTable::from_csv(text.as_bytes(), &Limits::default())
}

fn message(text: &str) -> String {
    csv(text).expect_err("must be refused").to_string()
}

#[test]
fn names_of_metafor_meta_and_revman_mean_the_same() {
    let tables = [
        "slab,ai,n1i,ci,n2i\nA,4,20,6,21\n",
        "study,ai,bi,ci,di\nA,4,16,6,15\n",
        "trial,tpos,tneg,cpos,cneg\nA,4,16,6,15\n",
        "studlab,event.e,n.e,event.c,n.c\nA,4,20,6,21\n",
        "Study,Experimental cases,Experimental N,Control cases,Control N\nA,4,20,6,21\n",
        "Study,Experimental.cases,Experimental.N,Control.cases,Control.N\nA,4,20,6,21\n",
    ];
    for text in tables {
        let t = csv(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(t.kind, Kind::Counts);
        assert_eq!(t.rows[0].study, "A");
        assert_eq!(
            t.rows[0].data,
            RowData::Counts { events1: 4.0, n1: 20.0, events2: 6.0, n2: 21.0 },
            "{text}"
        );
    }
    let means = [
        "study,m1i,sd1i,n1i,m2i,sd2i,n2i\nA,5.2,5,26,10.1,7.1,24\n",
        "study,mean.e,sd.e,n.e,mean.c,sd.c,n.c\nA,5.2,5,26,10.1,7.1,24\n",
        "Study,Experimental mean,Experimental SD,Experimental N,Control mean,Control SD,Control N\nA,5.2,5,26,10.1,7.1,24\n",
        "study;m1i;sd1i;n1i;m2i;sd2i;n2i\nA;5,2;5,0;26;10,1;7,1;24\n",
    ];
    for text in means {
        let t = csv(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(
            t.rows[0].data,
            RowData::Means { mean1: 5.2, sd1: 5.0, n1: 26.0, mean2: 10.1, sd2: 7.1, n2: 24.0 },
            "{text}"
        );
    }
}

#[test]
fn effects_take_a_variance_a_standard_error_or_an_interval() {
    for text in ["yi,vi\n0.5,0.04\n", "yi,sei\n0.5,0.2\n", "TE,seTE\n0.5,0.2\n", "GIV Mean,GIV SE\n0.5,0.2\n"]
    {
        let t = csv(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        let RowData::Estimate { effect, variance } = t.rows[0].data else { panic!("{text}") };
        assert!((effect - 0.5).abs() < 1e-15 && (variance - 0.04).abs() < 1e-15, "{text}");
        assert_eq!(t.rows[0].study, "row 1");
    }
    let t = csv("yi,ci.lb,ci.ub\n0.5,0.108007,0.891993\n").expect("valid");
    let RowData::Estimate { variance, .. } = t.rows[0].data else { panic!("estimate") };
    assert!((variance - 0.04).abs() < 1e-6, "{variance}");
    assert!(t.notes.iter().any(|n| n.contains("confidence intervals")), "the use of intervals is said");
}

#[test]
fn other_kinds() {
    for (text, kind) in [
        ("x1i,t1i,x2i,t2i\n3,100,5,110\n", Kind::PersonTime),
        ("ri,ni\n0.4,30\n", Kind::Correlation),
        ("xi,ni\n4,30\n", Kind::Proportion),
        ("xi,mi\n4,26\n", Kind::Proportion),
        ("studlab,treat1,treat2,TE,seTE\nA,x,y,0.1,0.2\n", Kind::Contrast),
        ("trial,arm,treatment,n,events\nA,1,x,10,2\n", Kind::ArmCounts),
        ("trial,arm,treatment,n,mean,sd\nA,1,x,10,2,1\n", Kind::ArmMeans),
    ] {
        assert_eq!(csv(text).unwrap_or_else(|e| panic!("{text}: {e}")).kind, kind);
    }
}

#[test]
fn raw_data_come_before_effects_and_it_is_said() {
    let text = "study,ai,n1i,ci,n2i,yi,vi\nA,4,20,6,21,-0.3,0.2\n";
    let t = csv(text).expect("valid");
    assert_eq!(t.kind, Kind::Counts);
    assert!(t.notes[0].contains("`yi` is left aside"));
    let t = TrialTable::from_csv_as(text.as_bytes(), Kind::Estimate, &Limits::default()).expect("valid");
    assert_eq!(t.kind, Kind::Estimate);
}

#[test]
fn every_wrong_cell_is_named_at_once() {
    let text = "study,m1i,sd1i,n1i,m2i,sd2i,n2i\n\
                A,5.2,5.0,26,10.1,7.1,24\n\
                B,5.2,-5.0,26,10.1,7.1,0\n\
                C,five,5.0,26,10.1±7.1,7.1,24\n";
    let shown = message(text);
    for part in [
        "row 2 (line 3), column `sd1i`, study \"B\": found -5, expected a standard deviation of 0 or more",
        "row 2 (line 3), column `n2i`, study \"B\": found 0, expected more than 0",
        "row 3 (line 4), column `m1i`, study \"C\": found \"five\", expected a number",
        "row 3 (line 4), column `m2i`, study \"C\": found \"10.1±7.1\", expected one number",
    ] {
        let part = part.replace("found -5,", "found -5.0,");
        assert!(shown.contains(&part), "missing `{part}` in:\n{shown}");
    }
}

#[test]
fn counts_that_cannot_be() {
    assert!(message("study,ai,n1i,ci,n2i\nSmith,48.4,32,3,30\n").contains("at most 32"));
    assert!(message("study,ai,n1i,ci,n2i\nSmith,-1,32,3,30\n").contains("`ai`"));
    assert!(message("study,ai,bi,ci,di\nSmith,0,0,3,30\n").contains("an arm with participants"));
    assert!(message("study,ai,bi,n1i,ci,di,n2i\nS,4,16,22,6,15,21\n").contains("events 4 + non-events 16"));
    assert!(message("study,ai,n1i,ci,n2i\nS,12%,32,3,30\n").contains("percent"));
    assert!(message("study,ri,ni\nS,1.2,32\n").contains("between -1 and 1"));
    assert!(message("studlab,treat1,treat2,TE,seTE\nA,x,x,0.1,0.2\n").contains("other than the first"));
    assert!(message("studlab,treat1,treat2,TE,seTE\nA,x,y,0.1,-0.2\n").contains("`seTE`"));
}

#[test]
fn a_standard_error_in_place_of_a_variance_is_seen() {
    assert!(message("yi,vi,sei\n0.5,0.2,0.2\n").contains("is this column a standard error?"));
    assert!(message("yi,lo,hi\n3.08,-3.96,-2.19\n").contains("inside its confidence interval"));
    assert!(message("yi,lo,hi\n3.08,3.96,2.19\n").contains("more than the lower bound"));
}

#[test]
fn missing_columns_say_what_is_there_and_what_is_wanted() {
    let shown = message("study,ai,ci,n2i\nA,1,2,20\n");
    assert!(shown.contains("found `study`, `ai`, `ci`, `n2i`"), "{shown}");
    assert!(shown.contains("`n1i` (participants in group 1) or `bi`"), "{shown}");
    let shown = message("yi\n1\n");
    assert!(shown.contains("`vi`") && shown.contains("`sei`") && shown.contains("`ci.lb`"), "{shown}");
    assert!(message("foo,bar\n1,2\n").contains("expected `ai`"));
}

#[test]
fn missing_numbers_are_kept_in_sight() {
    let t =
        csv("study,m1i,sd1i,n1i,m2i,sd2i,n2i\nA,5,1,20,6,1,20\nHsing2012,NA,,31,,NA,31\n").expect("valid");
    assert_eq!((t.rows.len(), t.unusable.len()), (1, 1));
    let shown = t.unusable[0].to_string();
    assert_eq!(shown, "row 2 (line 3), study \"Hsing2012\": not used, no value in m1i, sd1i, m2i, sd2i");
}

#[test]
fn decimal_commas() {
    let t = csv("yi;vi\n0,5;0,04\n1,25;0,09\n").expect("valid");
    assert_eq!(t.rows[1].data, RowData::Estimate { effect: 1.25, variance: 0.09 });
    assert!(t.notes[0].contains("decimal commas"));
    // Comma-separated and quoted: clear where it cannot be a thousands comma, refused where it can.
    let t = csv("yi,vi\n\"0,5\",\"0,04\"\n").expect("valid");
    assert_eq!(t.rows[0].data, RowData::Estimate { effect: 0.5, variance: 0.04 });
    assert!(message("yi,vi\n\"1,250\",\"0,04\"\n").contains("thousands comma"));
    // A table of points with one comma is not silently read the other way.
    assert!(message("yi;vi\n1,250;0.04\n").contains("thousands comma"));
}

#[test]
fn two_columns_of_one_meaning_are_refused() {
    assert!(message("study,ai,n1i,event.e,ci,n2i\nA,1,20,1,2,20\n").contains("both mean events in group 1"));
    // metadat's dat.hart1999 numbers its trials beside their names.
    let named =
        TrialTable::from_csv(b"trial,study,yi,vi\n1,AFASAK,0.1,0.2\n", &Limits::default()).expect("valid");
    assert_eq!(named.rows[0].study, "AFASAK");
    assert!(named.notes[0].contains("by column `study`"), "{:?}", named.notes);
    let arms = message("trial,study,treatment,n,events\n1,A,x,20,1\n1,A,y,20,2\n");
    assert!(arms.contains("both mean study label"), "{arms}");
}

/// Printed ratios are taken as logarithms; ratios of different kinds are never mixed.
#[test]
fn printed_ratios() {
    let t = csv("study,measure,est,lo,hi\nA,RR,1.27,1.06,1.51\nB,RR,1.10,0.93,1.28\n").expect("valid");
    assert!(t.ratios && t.notes.iter().any(|n| n.contains("logarithms")));
    let RowData::Estimate { effect, variance } = t.rows[0].data else { panic!("estimate") };
    // Standard error 0.0903, worked out independently.
    assert!((effect - 1.27f64.ln()).abs() < 1e-15 && (variance.sqrt() - 0.0903).abs() < 5e-5);
    let mixed = message("study,measure,est,lo,hi\nA,RR,1.27,1.06,1.51\nB,OR,3.05,1.77,5.28\n");
    assert!(
        mixed.contains("row 2 (line 3), column `measure`, study \"B\"") && mixed.contains("never mixed"),
        "{mixed}"
    );
    assert!(message("study,measure,est,lo,hi\nA,RR,-1.27,-1.5,-1.1\n").contains("call the column yi"));
    let t = csv("study,measure,yi,vi\nA,RR,0.2,0.01\n").expect("valid");
    assert!(!t.ratios, "metafor's yi is a logarithm already");
}

#[test]
fn json_rows_and_columns() {
    let rows = br#"[{"study":"A","ai":4,"n1i":20,"ci":6,"n2i":21},{"study":"B","ai":null,"n1i":20,"ci":6,"n2i":21}]"#;
    let columns = br#"{"study":["A","B"],"ai":[4,null],"n1i":[20,20],"ci":[6,6],"n2i":[21,21]}"#;
    let limits = Limits::default();
    let a = TrialTable::from_bytes(rows, &limits).expect("valid");
    let b = TrialTable::from_bytes(columns, &limits).expect("valid");
    assert_eq!(a, b);
    assert_eq!(a.unusable[0].missing, ["ai"]);
    for bad in [&b"[1]"[..], b"[{\"a\":[1]}]", b"{\"a\":[1],\"b\":[1,2]}", b"{", b"3", b"[]"] {
        assert!(TrialTable::from_json(bad, &limits).is_err(), "{}", String::from_utf8_lossy(bad));
    }
    let deep = "[".repeat(100_000);
    assert!(TrialTable::from_json(deep.as_bytes(), &limits).is_err());
}

proptest! {
    /// Each row of a readable table is either usable or listed as unusable.
    #[test]
    fn no_row_is_lost(cells in prop::collection::vec((prop::option::of(0u32..20), 20u32..40, prop::option::of(0u32..20), 20u32..40), 1..30)) {
        let mut text = String::from("study,ai,n1i,ci,n2i\n");
        let show = |x: Option<u32>| x.map_or(String::from("NA"), |v| v.to_string());
        for (i, (a, n1, c, n2)) in cells.iter().enumerate() {
            text.push_str(&format!("S{i},{},{n1},{},{n2}\n", show(*a), show(*c)));
        }
        let t = csv(&text).expect("valid");
        prop_assert_eq!(t.rows.len() + t.unusable.len(), cells.len());
        let expected = cells.iter().filter(|(a, _, c, _)| a.is_some() && c.is_some()).count();
        prop_assert_eq!(t.rows.len(), expected);
    }

    /// No bytes make the reader panic.
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = TrialTable::from_bytes(&bytes, &Limits::default());
        let mut with_header = b"study,ai,n1i,ci,n2i\n".to_vec();
        with_header.extend(bytes);
        let _ = TrialTable::from_bytes(&with_header, &Limits::default());
    }

    /// No cell makes the number reader panic, and a number that it reads is finite.
    #[test]
    fn any_cell(cell in "\\PC{0,12}") {
        for comma in [false, true] {
            if let Ok(x) = baihui_evidence::table::parse_number(&cell, comma) {
                prop_assert!(x.is_finite());
            }
        }
    }
}
