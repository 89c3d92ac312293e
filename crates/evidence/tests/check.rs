//! The checker against fifty published estimates whose agreement was worked out independently.

use baihui_evidence::check::{
    PValue, Printed, PrintedEstimate, Rule, Scale, check_arms, check_estimates, check_table,
    implied_statistics,
};
use baihui_evidence::table::{Limits, RawTable, TableError};
use std::path::PathBuf;

fn raw(text: &str) -> RawTable {
    RawTable::from_csv(text.as_bytes(), &Limits::default()).expect("a table")
}

/// Our own copy of the estimates, which the repository ships.
fn shipped() -> RawTable {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../evidence/estimates.csv");
    raw(&std::fs::read_to_string(path).expect("evidence/estimates.csv"))
}

#[test]
fn eight_of_fifty_estimates_fail_and_four_of_seventy_five_added_since() {
    let report = check_estimates(&shipped()).expect("a readable table");
    assert_eq!((report.checked(), report.passed(), report.failed()), (125, 113, 12), "{report}");
    let failed: Vec<(String, Vec<Rule>)> = report
        .items
        .iter()
        .filter(|i| i.failed())
        .map(|i| (i.subject.clone(), i.findings.iter().map(|f| f.rule).collect()))
        .collect();
    let expected = [
        ("LMD_search2024, MBI", vec![Rule::AsymmetricInterval]),
        ("LMD_search2024, adverse events", vec![Rule::PAgainstInterval, Rule::ConclusionAgainstNumbers]),
        ("BMCAph2019, total effective rate", vec![Rule::PAgainstInterval]),
        ("SAPD_PMID23546633, UPDRS", vec![Rule::PAgainstInterval]),
        ("LiuASD2019, CARS", vec![Rule::EstimateOutsideInterval]),
        ("LiuASD2019, CARS", vec![Rule::EstimateOutsideInterval, Rule::PAgainstInterval]),
        ("LiuASD2019, ABC", vec![Rule::EstimateOutsideInterval]),
        ("LiuASD2019, PEP-3 behaviour", vec![Rule::EstimateOutsideInterval]),
        ("LowerLimb2025, FMA lower", vec![Rule::EstimateOutsideInterval]),
        ("SmithIVF2019, miscarriage", vec![Rule::Direction]),
        ("TanDOC2019, Glasgow Coma Scale", vec![Rule::AsymmetricInterval]),
        ("TanDOC2019, Glasgow Outcome Scale", vec![Rule::AsymmetricInterval]),
    ];
    let expected: Vec<(String, Vec<Rule>)> = expected.into_iter().map(|(s, r)| (s.to_owned(), r)).collect();
    assert_eq!(failed, expected);
    // Each failure is one whole sentence or more.
    for finding in report.items.iter().flat_map(|i| &i.findings) {
        assert!(finding.sentence.ends_with('.') && finding.sentence.len() > 40, "{}", finding.sentence);
    }
}

/// The reference table: standard error, z, p and flag of each estimate, as worked out beforehand.
#[test]
fn the_reference_table_is_reproduced() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/facts/tables/sa_review_consistency_check.csv");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no shared folder beside the workspace");
        return;
    };
    let table = raw(&text);
    let mut compared = 0;
    for row in &table.rows {
        let get = |name: &str| table.get(row, name);
        let n =
            |name: &str| Printed::parse(get(name)).unwrap_or_else(|| panic!("{name} in line {}", row.line));
        let estimate = PrintedEstimate {
            scale: Scale::of_measure(get("measure")).expect("a measure"),
            estimate: n("est"),
            lower: n("lo"),
            upper: n("hi"),
            level: 0.95,
            p: PValue::parse(get("p_reported")),
        };
        let findings = estimate.check();
        let flag = get("flag");
        assert_eq!(findings.is_empty(), flag == "ok", "{}: {flag} against {findings:?}", get("id"));
        assert_eq!(
            flag.contains("outside CI"),
            findings.iter().any(|f| f.rule == Rule::EstimateOutsideInterval)
        );
        assert_eq!(
            flag.contains("p from CI"),
            findings.iter().any(|f| f.rule == Rule::PAgainstInterval),
            "{flag}"
        );
        assert_eq!(
            flag.contains("not symmetric"),
            findings.iter().any(|f| f.rule == Rule::AsymmetricInterval)
        );
        let implied = implied_statistics(&estimate).expect("an interval");
        for (name, ours, slack) in [
            ("se_from_ci", implied.standard_error, 1.0),
            ("z", implied.z, 1.0),
            ("p_from_ci", implied.p, 1.0),
        ] {
            let theirs: f64 = get(name).parse().expect("a number");
            // Printed to four decimals, two decimals and two digits.
            let unit = match name {
                "se_from_ci" => 0.5e-4,
                "z" => 0.5e-2,
                _ if theirs == 0.0 => 1e-15,
                _ => 0.051 * theirs * slack,
            };
            assert!((ours - theirs).abs() <= unit * 1.01, "{} {name}: {ours} against {theirs}", get("id"));
            compared += 1;
        }
    }
    println!("compared {compared} values of {} estimates", table.rows.len());
    assert_eq!(table.rows.len(), 50);
}

#[test]
fn arms_are_compared_within_and_across_trials() {
    let report = check_arms(&raw(
        "trial,outcome,timepoint,arm,n,events,percent,mean,sd,p_reported,items,scale_min,scale_max\n\
         Du,effective,end,1,53,49,92.5,,,<0.01,,,\n\
         Du,effective,end,2,50,44,88.0,,,,,,\n\
         Pecs,Barthel,3 y,1,260,,,95,4,,,0,100\n\
         Pecs,Barthel,3 y,2,260,,,75,4,,,0,100\n\
         X,score,end,1,28,,,5.19,1.20,,1,,\n\
         Y,score,end,1,28,,,5.19,1.20,,,,\n\
         Z,score,end,1,5,,,2.0,1.1,,1,,\n\
         Q,effective,end,1,27,19,66.7,,,,,,\n",
    ))
    .expect("readable");
    let rules: Vec<Vec<Rule>> =
        report.items.iter().map(|i| i.findings.iter().map(|f| f.rule).collect()).collect();
    assert_eq!(
        rules,
        [
            vec![],
            vec![Rule::PAgainstCounts],
            vec![],
            vec![Rule::ImplausiblySmallDeviation],
            vec![Rule::Grim],
            vec![Rule::DuplicatedArms],
            vec![Rule::Grimmer],
            vec![Rule::PercentageAgainstCount],
        ],
        "{report}"
    );
    assert_eq!(report.failed(), 4, "cautions are not failures");
}

#[test]
fn tables_with_both_groups_in_a_row() {
    let report = check_table(&raw(
        "slab,m1i,sd1i,n1i,m2i,sd2i,n2i,p\nW,5.2,5.0,26,10.1,7.1,24,0.008\nV,5.2,5.0,26,10.1,7.1,24,0.08\n",
    ))
    .expect("readable");
    assert_eq!((report.checked(), report.failed()), (2, 1), "{report}");
}

#[test]
fn cells_that_are_not_numbers_are_named() {
    let bad = check_estimates(&raw("id,measure,est,lo,hi,p_reported\nA,OR,x,1,2,0.1\nB,odds,1.5,1,2,n.s.\n"));
    let Err(TableError::Cells { problems, .. }) = bad else { panic!("must be refused") };
    let columns: Vec<(usize, &str)> = problems.iter().map(|p| (p.row, p.column.as_str())).collect();
    assert_eq!(columns, [(1, "est"), (2, "p_reported"), (2, "measure")]);
    assert!(matches!(check_table(&raw("a,b\n1,2\n")), Err(TableError::MissingColumns { .. })));
}
