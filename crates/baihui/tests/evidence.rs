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
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["bias.adjusted", "bias.tests", "leave1out", "pool"]);
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
