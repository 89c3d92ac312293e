//! `baihui evidence` as it is used: tables in, analyses as text, CSV and JSON out, figures and reports in files.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value as Json;

/// Thirteen trials of vaccination against tuberculosis, with the columns of metadat's dat.bcg.
const BCG: &str = "trial,author,year,tpos,tneg,cpos,cneg,ablat,alloc\n\
1,Aronson,1948,4,119,11,128,44,random\n2,Ferguson & Simes,1949,6,300,29,274,55,random\n\
3,Rosenthal et al,1960,3,228,11,209,42,random\n4,Hart & Sutherland,1977,62,13536,248,12619,52,random\n\
5,Frimodt-Moller et al,1973,33,5036,47,5761,13,alternate\n6,Stein & Aronson,1953,180,1361,372,1079,44,alternate\n\
7,Vandiviere et al,1973,8,2537,10,619,19,random\n8,TPT Madras,1980,505,87886,499,87892,13,random\n\
9,Coetzee & Berjak,1968,29,7470,45,7232,27,random\n10,Rosenthal et al,1961,17,1699,65,1600,42,systematic\n\
11,Comstock et al,1974,186,50448,141,27197,18,systematic\n12,Comstock & Webster,1969,5,2493,3,2338,33,systematic\n\
13,Comstock et al,1976,27,16886,29,17825,33,systematic\n";

fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("evidence").join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_baihui"))
        .current_dir(folder)
        .arg("evidence")
        .args(args)
        .output()
        .unwrap()
}

fn good(folder: &Path, args: &[&str]) -> String {
    let out = run(folder, args);
    let error = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!((out.status.code(), error.as_str()), (Some(0), ""), "{args:?}");
    String::from_utf8(out.stdout).unwrap()
}

fn bad(folder: &Path, args: &[&str]) -> String {
    let out = run(folder, args);
    assert_eq!(out.status.code(), Some(3), "{args:?}");
    assert!(out.stdout.is_empty(), "{args:?} fails but writes a result");
    String::from_utf8(out.stderr).unwrap()
}

fn close(json: &Json, want: f64, digits: f64) {
    let got = json.as_f64().unwrap_or(f64::NAN);
    assert!((got - want).abs() < digits, "{got} {want}");
}

#[test]
fn every_analysis_of_a_table_as_json() {
    let f = folder("json");
    fs::write(f.join("bcg.csv"), BCG).unwrap();
    let text = good(
        &f,
        &["pool", "bcg.csv", "--test", "z", "--all", "--mods", "ablat,year", "--subgroup", "alloc", "--json"],
    );
    let all: Json = serde_json::from_str(&text).unwrap();
    let a = &all["analyses"];
    // metafor 3.8-1 with tight tolerances: rma(yi, vi, mods = ~ ablat + year) and the others of the reference results.
    close(&a["regression"]["rows"][1]["estimate"], -0.028_011_329, 1e-8);
    close(&a["regression"]["rows"][2]["estimate"], 0.001_907_480, 1e-8);
    let row = |section: &str, key: &str, name: &str| -> Json {
        let rows = a[section]["rows"].as_array().unwrap();
        rows.iter().find(|r| r[key].as_str().unwrap().starts_with(name)).unwrap().clone()
    };
    close(&row("bias.adjusted", "term", "selection model, beta")["estimate"], -0.789_4, 1e-3);
    close(&row("bias.adjusted", "term", "trim and fill, L0")["estimate"], -0.657_08, 1e-5);
    assert_eq!(row("bias.adjusted", "term", "trim and fill, L0")["k0"], 1);
    assert_eq!(a["leave1out"]["rows"].as_array().unwrap().len(), 13);
    assert_eq!(a["cumulative"]["rows"][0]["added"], "Aronson 1948");
    assert_eq!(a["subgroups"]["rows"].as_array().unwrap().len(), 3);
    assert_eq!(a["influence"]["rows"].as_array().unwrap().len(), 13);
    // Mantel-Haenszel's odds ratio and Peto's from the same tables.
    close(&row("rare", "term", "Mantel-Haenszel odds ratio")["estimate"], -0.473_410_988, 1e-8);
    close(&row("rare", "term", "Peto")["estimate"], -0.474_446_311, 1e-8);
}

#[test]
fn csv_is_rectangular_and_on_the_scale_of_the_analysis() {
    let f = folder("csv");
    fs::write(f.join("bcg.csv"), BCG).unwrap();
    let text = good(&f, &["pool", "bcg.csv", "--bias", "--leave1out", "--format", "csv"]);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|h| h == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let kinds: std::collections::BTreeSet<&str> = rows.iter().map(|r| &r[0]).collect();
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        ["bias.adjusted", "bias.tests", "heterogeneity", "leave1out", "pool"]
    );
    let of = |term: &str, column: &str| -> f64 {
        rows.iter().find(|r| &r[at("term")] == term).unwrap()[at(column)].parse().unwrap()
    };
    // metafor: rma(yi, vi, measure = "RR") and its confint(), with tight tolerances.
    for (term, column, want) in [
        ("tau2", "estimate", 0.313_243_258),
        ("tau2", "ci.lb", 0.119_7),
        ("tau2", "ci.ub", 1.111_5),
        ("I2", "estimate", 92.221_384),
        ("H2", "estimate", 12.855_758),
        ("Q", "estimate", 152.233_008),
        ("Q", "df", 12.0),
    ] {
        assert!((of(term, column) - want).abs() < 1e-4, "{term} {column} {}", of(term, column));
    }
    let pooled = rows.iter().find(|r| &r[at("study")] == "pooled").unwrap();
    let number = |name: &str| pooled[at(name)].parse::<f64>().unwrap();
    assert!((number("estimate") + 0.714_532_3).abs() < 1e-6);
    assert!((number("estimate").exp() - number("shown.estimate")).abs() < 1e-12);
}

#[test]
fn rare_events_need_no_correction() {
    let f = folder("rare");
    fs::write(f.join("rare.csv"), "study,ai,n1i,ci,n2i\nA,0,120,3,118\nB,1,80,2,82\nC,0,60,0,60\n").unwrap();
    // The inverse-variance methods stop at the empty cell and say so; Mantel-Haenszel does not.
    assert!(bad(&f, &["pool", "rare.csv"]).contains("study \"A\""));
    let text = good(&f, &["pool", "rare.csv", "--rare"]);
    assert!(text.contains("Mantel-Haenszel odds ratio") && text.contains("no information from C"), "{text}");
    assert!(text.contains("not possible"), "{text}");
    fs::write(f.join("means.csv"), "study,m1i,sd1i,n1i,m2i,sd2i,n2i\nA,1,1,10,2,1,10\nB,1,1,10,2,1,10\n")
        .unwrap();
    assert!(bad(&f, &["pool", "means.csv", "--rare"]).contains("n1i"));
    fs::write(f.join("none.csv"), "study,ai,n1i,ci,n2i\nA,0,120,0,118\nB,0,80,0,82\n").unwrap();
    assert!(good(&f, &["pool", "none.csv", "--rare"]).contains("not computed"));
}

#[test]
fn moderators_that_cannot_be_used_are_named() {
    let f = folder("moderators");
    fs::write(f.join("bcg.csv"), BCG).unwrap();
    let no = bad(&f, &["pool", "bcg.csv", "--mods", "latitude"]);
    assert!(no.contains("latitude") && no.contains("ablat"), "{no}");
    let twice = bad(&f, &["pool", "bcg.csv", "--mods", "ablat,ablat"]);
    assert!(twice.contains("combination"), "{twice}");
    fs::write(f.join("na.csv"), BCG.replace(",55,random", ",NA,random")).unwrap();
    let text = good(&f, &["pool", "na.csv", "--mods", "ablat"]);
    assert!(text.contains("Left out, no value in ablat: Ferguson & Simes"), "{text}");
    fs::write(f.join("mixed.csv"), BCG.replace(",55,random", ",high,random")).unwrap();
    assert!(bad(&f, &["pool", "mixed.csv", "--mods", "ablat"]).contains("factor(ablat)"));
    assert!(good(&f, &["pool", "mixed.csv", "--mods", "alloc"]).contains("alloc=random"));
    fs::write(
        f.join("dep.csv"),
        "study,yi,vi,esid\nA,0.2,0.1,1\nA,0.4,0.1,2\nB,0.1,0.2,1\nB,0.5,0.1,2\nC,0.3,0.1,1\n",
    )
    .unwrap();
    let text = good(&f, &["pool", "dep.csv", "--cluster", "study"]);
    assert!(text.contains("three-level") && text.contains("CR2"), "{text}");
}

#[test]
fn figures_and_reports_are_written() {
    let f = folder("report");
    fs::write(f.join("bcg.csv"), BCG).unwrap();
    good(&f, &["plot", "funnel", "bcg.csv", "--trimfill", "-o", "funnel.svg"]);
    assert!(fs::read_to_string(f.join("funnel.svg")).unwrap().contains("imputed by trim and fill"));
    good(&f, &["plot", "forest", "bcg.csv", "--subgroup", "alloc", "-o", "forest.svg"]);
    assert!(fs::read_to_string(f.join("forest.svg")).unwrap().contains("systematic"));
    // The year that a label holds already is not said again, and numbers below zero have a minus sign.
    let steps = good(&f, &["plot", "cumulative", "bcg.csv"]);
    assert!(steps.contains("+ Aronson 1948") && !steps.contains("(1948)"));
    fs::write(f.join("md.csv"), "study,m1i,sd1i,n1i,m2i,sd2i,n2i\nA,-2.5,1,20,1,1,20\nB,-1.5,1,20,1,1,20\n")
        .unwrap();
    let forest = good(&f, &["plot", "forest", "md.csv"]);
    assert!(forest.contains("−2.5 (1), 20") && !forest.contains("-2.5 (1)"));
    // Axes of risks end where the risks do.
    let risks = good(&f, &["plot", "labbe", "bcg.csv"]);
    assert!(risks.contains(">0.3<") && !risks.contains(">1.0<"));
    let report = ["report", "bcg.csv", "--subgroup", "alloc", "--mods", "ablat", "-o"];
    good(&f, &[&report[..], &["a.html"]].concat());
    let page = fs::read_to_string(f.join("a.html")).unwrap();
    for part in
        ["Leave one out", "Egger", "PET", "selection model, beta", "Meta-regression", "Mantel-Haenszel"]
    {
        assert!(page.contains(part), "{part}");
    }
    good(&f, &[&report[..], &["a.pdf"]].concat());
    good(&f, &[&report[..], &["b.pdf"]].concat());
    let pdf = fs::read(f.join("a.pdf")).unwrap();
    assert!(pdf.starts_with(b"%PDF-") && pdf == fs::read(f.join("b.pdf")).unwrap());
}

#[test]
fn revman_files_are_read() {
    let f = folder("revman");
    let file = "<COCHRANE_REVIEW><ANALYSES_AND_DATA><COMPARISON NO=\"1\"><NAME>Scalp</NAME>\
        <DICH_OUTCOME NO=\"1\" EFFECT_MEASURE=\"OR\"><NAME>Death</NAME>\
        <DICH_DATA STUDY_ID=\"STD-A-2001\" EVENTS_1=\"3\" TOTAL_1=\"40\" EVENTS_2=\"9\" TOTAL_2=\"41\"/>\
        <DICH_DATA STUDY_ID=\"STD-B-2002\" EVENTS_1=\"5\" TOTAL_1=\"50\" EVENTS_2=\"6\" TOTAL_2=\"49\"/></DICH_OUTCOME>\
        <CONT_OUTCOME NO=\"2\" EFFECT_MEASURE=\"MD\"><NAME>Barthel</NAME>\
        <CONT_DATA STUDY_ID=\"STD-A-2001\" MEAN_1=\"5\" SD_1=\"2\" TOTAL_1=\"40\" MEAN_2=\"4\" SD_2=\"2\" TOTAL_2=\"41\"/>\
        </CONT_OUTCOME></COMPARISON></ANALYSES_AND_DATA></COCHRANE_REVIEW>";
    fs::write(f.join("review.rm5"), file).unwrap();
    let which = bad(&f, &["pool", "review.rm5"]);
    assert!(which.contains("1.1 Death") && which.contains("1.2 Barthel"), "{which}");
    let text = good(&f, &["pool", "review.rm5", "--outcome", "death"]);
    assert!(text.contains("Odds ratio") && text.contains("A 2001"), "{text}");
    fs::write(f.join("cut.rm5"), &file[..200]).unwrap();
    assert!(bad(&f, &["pool", "cut.rm5"]).contains("line 1"));
}

#[test]
fn single_patients() {
    let f = folder("single");
    fs::write(f.join("scores.csv"), "patient,before,after\nP1,47.5,32.5\nP2,40,38\n").unwrap();
    let args = ["single", "change", "scores.csv", "--sd", "7.5", "--reliability", "0.8", "--better", "down"];
    let text = good(&f, &[&args[..], &["--mcid", "5", "--mcid-source", "a source", "--json"]].concat());
    let json: Json = serde_json::from_str(&text).unwrap();
    // Jacobson and Truax's own example.
    close(&json["change"]["rows"][0]["rci"], -3.162_278, 1e-6);
    assert_eq!(json["change"]["rows"][0]["verdict"], "improved");
    assert_eq!(json["change"]["rows"][1]["reliable"], "no");
    let phases =
        "phase,values\nA,20\nA,20\nA,26\nA,25\nA,22\nA,23\nB,28\nB,25\nB,24\nB,27\nB,30\nB,30\nB,29\n";
    fs::write(f.join("ab.csv"), phases).unwrap();
    let args = ["single", "phases", "ab.csv", "--starts", "4,5,6,7,8,9,10", "-o", "ab.svg", "--json"];
    let json: Json = serde_json::from_str(&good(&f, &args)).unwrap();
    // SingleCaseES.
    close(&json["phases"]["rows"][0]["estimate"], 0.916_666_666_666_667, 1e-12);
    close(&json["phases"]["rows"][0]["se"], 0.069_006_555_934_235_4, 1e-12);
    close(&json["phases"]["rows"][3]["estimate"], 0.738_095_238_095_238, 1e-12);
    assert!(json["randomisation"]["rows"][0]["pval"].as_f64().unwrap() >= 1.0 / 7.0 - 1e-12);
    assert!(fs::read_to_string(f.join("ab.svg")).unwrap().starts_with("<svg"));
    assert!(bad(&f, &["single", "phases", "ab.csv", "--starts", "3,4"]).contains("randomis"));
    assert!(good(&f, &["single", "phases", "ab.csv"]).contains("No randomisation test"));
    fs::write(f.join("aba.csv"), format!("{phases}A,20\n")).unwrap();
    assert!(bad(&f, &["single", "phases", "aba.csv"]).contains("row 14"));
    let blocks = "block,treatment,value\n1,A,6\n1,B,4\n2,B,5\n2,A,7\n3,A,8\n3,B,5\n4,A,6\n4,B,6\n";
    fs::write(f.join("blocks.csv"), blocks).unwrap();
    let json: Json = serde_json::from_str(&good(&f, &["single", "blocks", "blocks.csv", "--json"])).unwrap();
    close(&json["blocks"]["rows"][0]["estimate"], 1.75, 1e-12);
    // Of 16 orders, those with the same sign throughout (the tie in block 4 counts either way), both sides.
    close(&json["blocks"]["rows"][0]["pval.randomisation"], 0.25, 1e-12);
    let recovery = "week;score\n0;10,5\n1;22\n2;31\n4;42,5\n8;52\n12;54,5\n16;55\n24;55,5\n";
    fs::write(f.join("fma.csv"), recovery).unwrap();
    let text = good(&f, &["single", "recovery", "fma.csv", "--range", "0,66", "-o", "fma.png"]);
    assert!(text.contains("plateau"), "{text}");
    assert_eq!(&fs::read(f.join("fma.png")).unwrap()[1..4], b"PNG");
}

#[test]
fn networks_say_how_direct_their_evidence_is() {
    let f = folder("network");
    let arms = "trial,treatment,n,mean,sd\nA,x,20,1,1\nA,y,20,2,1\nB,y,20,2,1\nB,z,20,2.5,1\nC,x,20,1.1,1\nC,z,20,2.2,1\n";
    fs::write(f.join("arms.csv"), arms).unwrap();
    let json: Json = serde_json::from_str(&good(&f, &["network", "arms.csv", "--json"])).unwrap();
    for row in json["comparisons"]["rows"].as_array().unwrap() {
        // A triangle of equal trials: two thirds direct, one third over the third treatment.
        close(&row["prop.direct"], 2.0 / 3.0, 1e-2);
        close(&row["meanpath"], 4.0 / 3.0, 1e-2);
    }
    assert_eq!(json["netsplit"]["rows"].as_array().unwrap().len(), 3);
    assert!(good(&f, &["network", "arms.csv", "--format", "csv"]).starts_with("analysis,"));
}

/// The intervals of one fit differ visibly; each has its name, and R's package meta gives the same.
#[test]
fn prediction_intervals_are_named_and_all_there() {
    let f = folder("prediction");
    fs::write(f.join("bcg.csv"), BCG).unwrap();
    let text = good(&f, &["pool", "bcg.csv", "--json"]);
    let all: Json = serde_json::from_str(&text).unwrap();
    let p = &all["pooled"]["predictions"];
    for (name, lower, upper) in [
        ("normal", -1.8667_f64, 0.4376_f64),
        ("t, k-1 df", -1.9953, 0.5663),
        ("t, k-2 df (Higgins-Thompson-Spiegelhalter)", -2.0084, 0.5793),
        ("Knapp-Hartung, k-1 df", -1.9960, 0.5670),
        ("Knapp-Hartung, k-2 df (Partlett-Riley)", -2.0091, 0.5800),
        ("Kenward-Roger", -2.0169, 0.5878),
    ] {
        let of = |i: usize| p[name][i].as_f64().unwrap_or_else(|| panic!("{name}: {p}")).ln();
        assert!((of(0) - lower).abs() < 1e-4 && (of(1) - upper).abs() < 1e-4, "{name}");
    }
    close(&all["pooled"]["tau2_interval"][0], 0.119_7, 1e-4);
    assert!(good(&f, &["pool", "bcg.csv", "--predict", "s"]).contains("by normal."));
    assert_eq!(good(&f, &["pool", "bcg.csv", "--predict", "all"]).matches("prediction interval").count(), 8);
    // No between-study variance is assumed: no prediction.
    assert!(!good(&f, &["pool", "bcg.csv", "--method", "EE"]).contains("prediction interval"));
}

#[test]
fn several_effects_of_one_study_are_said_to_be_dependent() {
    let f = folder("dependent");
    let table = "study,yi,vi\nA,0.2,0.1\nA,0.4,0.1\nB,0.1,0.2\nB,0.5,0.1\nC,0.3,0.1\n";
    fs::write(f.join("d.csv"), table).unwrap();
    let text = good(&f, &["pool", "d.csv"]);
    assert!(
        text.contains("5 effects come from 3 names of studies") && text.contains("of 5 effects"),
        "{text}"
    );
    fs::write(f.join("i.csv"), table.replace("A,0.4", "D,0.4").replace("B,0.5", "E,0.5")).unwrap();
    assert!(!good(&f, &["pool", "i.csv"]).contains("not independent"));
    // metafor: robust(rma(yi, vi), cluster = study) keeps the estimate of the plain model.
    let json: Json =
        serde_json::from_str(&good(&f, &["pool", "d.csv", "--cluster", "study", "--json"])).unwrap();
    let rows = json["analyses"]["cluster"]["rows"].as_array().unwrap();
    let robust = rows.iter().find(|r| r["term"] == "random effects, cluster-robust CR1").unwrap();
    close(&robust["estimate"], json["pooled"]["estimate"].as_f64().unwrap(), 1e-12);
    assert!(rows.iter().any(|r| r["term"] == "three-level, cluster-robust CR1"));
}

/// A table may hold events, means and effects: the measure chooses, and faults of what is not used do not stop it.
#[test]
fn the_measure_chooses_among_the_columns() {
    let f = folder("columns");
    let table = "study,n1i,m1i,sd1i,n2i,m2i,sd2i,ai,bi,ci,di,yi,vi\n\
        A,40,5,2,41,4,2,10,30,15,26,0.7,0.10\nB,50,6,2,52,4.5,2,10,45,9,43,0.9,0.12\n";
    fs::write(f.join("all.csv"), table).unwrap();
    let no = bad(&f, &["pool", "all.csv", "--measure", "OR"]);
    assert!(no.contains("study \"B\"") && no.contains("events 10 + non-events 45"), "{no}");
    assert!(good(&f, &["pool", "all.csv", "--measure", "MD"]).contains("Mean difference of 2"));
    let text = good(&f, &["pool", "all.csv", "--measure", "GEN", "--method", "EE"]);
    // (0.7/0.10 + 0.9/0.12) / (1/0.10 + 1/0.12)
    assert!(text.contains("0.7909"), "{text}");
    let none = bad(&f, &["pool", "all.csv", "--measure", "IRR"]);
    assert!(none.contains("all.csv"), "{none}");
}

#[test]
fn every_row_without_an_effect_is_named() {
    let f = folder("zeros");
    fs::write(f.join("z.csv"), "study,ai,n1i,ci,n2i\nA,0,20,3,20\nB,1,20,3,20\nC,2,20,0,20\n").unwrap();
    let no = bad(&f, &["pool", "z.csv", "--measure", "OR"]);
    assert!(no.contains("row 1 (line 2), study \"A\"") && no.contains("row 3 (line 4), study \"C\""), "{no}");
    assert!(no.contains("--add 0.5") && no.contains("--rare"), "{no}");
    // Rounded variances beside standard errors are no contradiction; a column of the wrong kind is.
    fs::write(f.join("r.csv"), "study,yi,vi,sei\nA,0.1,0.001,0.027\nB,0.2,0.002,0.046\n").unwrap();
    good(&f, &["pool", "r.csv"]);
    fs::write(f.join("w.csv"), "study,yi,vi,sei\nA,0.1,0.2,0.2\nB,0.2,0.1,0.1\n").unwrap();
    assert!(bad(&f, &["pool", "w.csv"]).contains("is this column a standard error?"));
}

#[test]
fn a_group_of_one_study_keeps_its_effect() {
    let f = folder("alone");
    let table = "study,yi,vi,land\nA,0.2,0.04,x\nB,0.6,0.09,x\nC,1.2,0.05,y\n";
    fs::write(f.join("g.csv"), table).unwrap();
    let text = good(&f, &["pool", "g.csv", "--subgroup", "land", "--json"]);
    let json: Json = serde_json::from_str(&text).unwrap();
    let row = &json["analyses"]["subgroups"]["rows"][1];
    close(&row["estimate"], 1.2, 1e-12);
    close(&row["ci.lb"], 1.2 - 1.959_963_985 * 0.05_f64.sqrt(), 1e-8);
    assert!(row["tau2"].is_null());
    assert!(text.contains("df = 1"), "{text}");
    fs::write(f.join("one.csv"), table.replace(",y\n", ",x\n")).unwrap();
    assert!(good(&f, &["pool", "one.csv", "--subgroup", "land"]).contains("nothing to compare"));
    assert!(good(&f, &["plot", "forest", "g.csv", "--subgroup", "land"]).contains("One study"));
}

/// Nothing leaves a network in silence: trials that tell nothing, added constants and roundings are said.
#[test]
fn networks_say_what_they_left_out_and_added() {
    let f = folder("network-notes");
    let arms = "trial,treatment,n,events\nA,x,20,3\nA,y,20,4\nB,x,20,0\nB,y,20,0\nC,z,20,4\nC,x,20,3\nD,z,20,0\nD,y,20,2\n";
    fs::write(f.join("arms.csv"), arms).unwrap();
    let no = bad(&f, &["network", "arms.csv"]);
    assert!(no.contains("study \"D\"") && no.contains("--add 0.5"), "{no}");
    let text = good(&f, &["network", "arms.csv", "--add", "0.5"]);
    assert!(text.contains("study \"B\": not used") && text.contains("study \"D\": 0.5 was added"), "{text}");
    assert!(
        text.contains("3 treatments, 3 trials, OR") && text.contains("Large effects count as good"),
        "{text}"
    );
    let small = good(&f, &["network", "arms.csv", "--add", "0.5", "--small-is-good"]);
    assert!(small.contains("Small effects count as good"), "{small}");
    let league = good(&f, &["plot", "league", "arms.csv", "--add", "0.5", "--small-is-good"]);
    assert!(league.contains("Small effects count as good"));
    assert!(good(&f, &["plot", "network", "arms.csv", "--add", "0.5"]).contains("not used"));
    let contrasts =
        "study,treat1,treat2,TE,seTE\nA,x,y,0.1,0.2\nA,x,z,0.3,0.2\nA,y,z,0.201,0.2\nB,x,y,0.1,0.2\n";
    fs::write(f.join("c.csv"), contrasts).unwrap();
    assert!(good(&f, &["network", "c.csv"]).contains("were made to add up"));
    // The measure of contrasts says how they are shown; the analysis is the same.
    let of = |args: &[&str]| -> Json { serde_json::from_str(&good(&f, args)).unwrap() };
    let (plain, ratio) =
        (of(&["network", "c.csv", "--json"]), of(&["network", "c.csv", "--measure", "or", "--json"]));
    let te = plain["comparisons"]["rows"][0]["TE"].as_f64().unwrap();
    close(&ratio["comparisons"]["rows"][0]["TE"], te, 1e-12);
    close(&ratio["comparisons"]["rows"][0]["shown.TE"], te.exp(), 1e-12);
    assert!(bad(&f, &["network", "c.csv", "--measure", "XX"]).contains("HR"));
    assert!(bad(&f, &["network", "c.csv", "--method", "PM"]).contains("EE, DL, ML and REML"));
    for method in ["EE", "DL", "ML"] {
        good(&f, &["network", "c.csv", "--method", method]);
    }
    let shares = of(&["network", "c.csv", "--contributions", "--json"]);
    let rows = shares["contributions"]["rows"].as_array().unwrap();
    let whole: f64 =
        rows.iter().filter(|r| r["estimate.of"] == "x:y").map(|r| r["percent"].as_f64().unwrap()).sum();
    assert!((whole - 100.0).abs() < 0.05, "{whole}");
}

/// Scalp, rehabilitation and their sum: the parts are estimated, also where no trial links two parts of the network.
#[test]
fn components_of_combined_treatments() {
    let f = folder("components");
    let contrasts = "study,treat1,treat2,TE,seTE\nA,scalp+rehab,rehab,0.5,0.2\nB,rehab,sham,0.3,0.2\nC,scalp,sham,0.5,0.2\n";
    fs::write(f.join("c.csv"), contrasts).unwrap();
    let args = ["network", "c.csv", "--components", "--inactive", "sham", "--json"];
    let json: Json = serde_json::from_str(&good(&f, &args)).unwrap();
    let rows = json["components"]["rows"].as_array().unwrap();
    assert_eq!(rows.iter().map(|r| r["component"].as_str().unwrap()).collect::<Vec<_>>(), ["rehab", "scalp"]);
    close(&rows[0]["TE"], 0.3, 1e-12);
    close(&rows[1]["TE"], 0.5, 1e-12);
    assert!(json["comparisons"].is_object());
    // Two parts that only the component scalp links.
    let parts = "study,treat1,treat2,TE,seTE\nA,scalp+rehab,rehab,0.5,0.2\nC,scalp,sham,0.7,0.2\n";
    fs::write(f.join("p.csv"), parts).unwrap();
    assert!(bad(&f, &["network", "p.csv"]).contains("--components"));
    let text = good(&f, &["network", "p.csv", "--components", "--inactive", "sham"]);
    assert!(
        text.contains("scalp") && text.contains("0.6000") && text.contains("cannot tell apart: rehab"),
        "{text}"
    );
    assert!(bad(&f, &["network", "c.csv", "--components", "--inactive", "drug"]).contains("drug"));
}

#[test]
fn the_checker_reads_test_statistics_and_standard_errors() {
    let f = folder("statistics");
    // An fMRI trial of 15 and 15 people printed t = 2.225 with p = 0.038; 28 degrees of freedom give 0.034.
    fs::write(f.join("t.csv"), "study,t,df,p\nLiu 2020,2.225,28,0.038\nfits,2.225,28,0.034\n").unwrap();
    let out = run(&f, &["check", "t.csv"]);
    assert_eq!(out.status.code(), Some(1));
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.contains("2 checked, 1 pass, 1 fail") && text.contains("p-against-t"), "{text}");
    fs::write(
        f.join("se.csv"),
        "trial,arm,n,mean,sd,se,items\nA,1,20,5.2,2.0,0.45,\nA,2,20,5.4,2.0,2.0,\nB,1,28,5.19,1.2,,1\n",
    )
    .unwrap();
    let text = String::from_utf8(run(&f, &["check", "se.csv"]).stdout).unwrap();
    assert!(text.contains("the deviation itself") && text.contains("grim"), "{text}");
    let wide = "study,n1i,m1i,sd1i,n2i,m2i,sd2i,t,df,p\nA,20,10.0,2.0,20,8.0,2.0,3.16,38,0.3\n";
    fs::write(f.join("wide.csv"), wide).unwrap();
    assert!(String::from_utf8(run(&f, &["check", "wide.csv"]).stdout).unwrap().contains("p-against-t"));
}
