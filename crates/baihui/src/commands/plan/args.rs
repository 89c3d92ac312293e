//! What can be typed after `baihui plan`.

use std::path::PathBuf;

use baihui_clinic::{
    people::{Role, Sex},
    side::Laterality,
};
use clap::{Args, Subcommand, ValueEnum};

use crate::{
    cli::{HeadArg, ReportFormat, SexArg},
    commands::body::MeasureArgs,
    paper::Language,
    record::RecordArg,
};

/// `baihui plan`.
#[derive(Debug, Subcommand)]
pub enum PlanCommand {
    /// What could be needled: every protocol of a condition, school by school, and regular acupuncture beside them.
    #[command(after_help = "Examples:
  baihui plan candidates --condition stroke-arm --deficit left --lesion right
  baihui plan candidates --condition migraine --school ms --head patient.glb --format json")]
    Candidates {
        /// The condition.
        #[command(flatten)]
        ask: Ask,
        /// The patient.
        #[command(flatten)]
        subject: For,
        /// Identifier of a patient of the record: sides, answers and skull defects are theirs.
        #[arg(long, value_name = "ID")]
        of: Option<String>,
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
    },
    /// Make a draft from one or more protocols.
    #[command(after_help = "Example:
  baihui plan new --condition stroke-arm --deficit left --lesion right --protocol ms --protocol body -o plan.json")]
    New {
        /// The condition.
        #[command(flatten)]
        ask: Ask,
        /// The patient.
        #[command(flatten)]
        subject: For,
        /// Protocol to take the needles from. May be repeated.
        #[arg(long, value_name = "ID")]
        protocol: Vec<String>,
        /// Identifier of the patient in the record, whose plan it will be: sides, answers and skull defects are theirs.
        #[arg(long, value_name = "ID")]
        of: Option<String>,
        /// Where to write the draft; standard output without it.
        #[arg(short, long, value_name = "PATH")]
        output: Option<PathBuf>,
    },
    /// Keep a plan in the record: a draft, a signed version, or the version that follows it.
    #[command(after_help = "Examples:
  baihui plan new --condition stroke-arm --deficit left --lesion right --protocol ms --of PATIENT -o plan.json
  baihui plan keep plan.json
  baihui plan keep plan.json --expect 1          (after it was changed or signed)
  baihui session start PATIENT --plan PLAN")]
    Keep {
        /// The plan.
        plan: PathBuf,
        /// The version in the record that it was made from; 0 for a plan that is not there yet.
        #[arg(long, value_name = "VERSION", default_value_t = 0)]
        expect: u64,
        /// A key of your own: sent twice, the plan is kept once.
        #[arg(long)]
        key: Option<String>,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Write a plan of the record as a file.
    Get {
        /// Identifier of the plan.
        id: String,
        /// Where to write; standard output without it.
        #[arg(short, long, value_name = "PATH")]
        output: Option<PathBuf>,
        /// The record.
        #[command(flatten)]
        record: RecordArg,
    },
    /// Show a plan, needle by needle, with what the sources state for each.
    Show {
        /// The plan.
        plan: PathBuf,
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
    },
    /// Check a plan: safety, sides, ranges, STRICTA. Exit code 1 while it cannot be signed.
    Check {
        /// The plan.
        plan: PathBuf,
        /// The patient.
        #[command(flatten)]
        subject: For,
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
    },
    /// Change a draft: answers, needles, and what STRICTA asks for.
    #[command(after_help = "Examples:
  baihui plan edit plan.json --answer pregnant=no --answer epilepsy=none
  baihui plan edit plan.json --set all.spec.depth_mm=5 --set n1.response=de-qi
  baihui plan edit plan.json --set 'account.setting=clinic, lying; told what to expect'
  baihui plan edit plan.json --add MS5 --add LI4:left --remove n3

Values are JSON where they can be read as such, and text otherwise. `null` takes a value away.")]
    Edit {
        /// The plan.
        plan: PathBuf,
        /// Set a field: account.FIELD, NEEDLE.FIELD or all.FIELD. May be repeated.
        #[arg(long, value_name = "FIELD=VALUE")]
        set: Vec<String>,
        /// Answer a question about the patient. May be repeated.
        #[arg(long, value_name = "NAME=VALUE")]
        answer: Vec<String>,
        /// Add a needle at a site; with a side where the site exists twice. May be repeated.
        #[arg(long, value_name = "SITE[:SIDE]")]
        add: Vec<String>,
        /// Remove a needle by its name. May be repeated.
        #[arg(long, value_name = "NEEDLE")]
        remove: Vec<String>,
        /// Where to write; the same file without it.
        #[arg(short, long, value_name = "PATH")]
        output: Option<PathBuf>,
    },
    /// Write down a practitioner's decision about a rule that demands one.
    Decide {
        /// The plan.
        plan: PathBuf,
        /// The rule.
        #[arg(long)]
        rule: String,
        /// Why it is done nevertheless.
        #[arg(long)]
        reason: String,
        /// Who decides.
        #[arg(long)]
        by: String,
        /// As what.
        #[arg(long, value_enum)]
        role: RoleArg,
        /// The patient.
        #[command(flatten)]
        subject: For,
        /// Where to write; the same file without it.
        #[arg(short, long, value_name = "PATH")]
        output: Option<PathBuf>,
    },
    /// Sign a plan. Only a practitioner can, and only when nothing stands in the way.
    Sign {
        /// The plan.
        plan: PathBuf,
        /// Who signs.
        #[arg(long)]
        by: String,
        /// As what.
        #[arg(long, value_enum)]
        role: RoleArg,
        /// The patient.
        #[command(flatten)]
        subject: For,
        /// Where to write; the same file without it.
        #[arg(short, long, value_name = "PATH")]
        output: Option<PathBuf>,
    },
    /// Print the needle sheet or the patient's page, as PDF.
    #[command(after_help = "Examples:
  baihui plan print plan.json --patient patient.json --head patient.glb -o sheet.pdf
  baihui plan print plan.json --patient patient.json --page patient --language zh --next '12 May, 10:30' -o page.pdf")]
    Print {
        /// The plan.
        plan: PathBuf,
        /// The patient.
        #[command(flatten)]
        subject: For,
        /// Which page.
        #[arg(long, value_enum, default_value_t = PlanPage::Sheet)]
        page: PlanPage,
        /// Language of the page.
        #[arg(long, value_enum, default_value_t = Language::En)]
        language: Language,
        /// Next visit, in words, on the patient's page.
        #[arg(long, value_name = "TEXT")]
        next: Option<String>,
        /// Where to write; standard output without it.
        #[arg(short, long, value_name = "PATH")]
        output: Option<PathBuf>,
    },
    /// The next version of a plan, as a draft: decisions are made anew, and what is asked at every visit too.
    Next {
        /// The plan.
        plan: PathBuf,
        /// Where to write; standard output without it.
        #[arg(short, long, value_name = "PATH")]
        output: Option<PathBuf>,
    },
    /// What changed between two versions.
    Diff {
        /// The earlier plan.
        before: PathBuf,
        /// The later plan.
        after: PathBuf,
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
    },
}

/// Pages of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanPage {
    /// Needle by needle, for whoever needles.
    Sheet,
    /// In plain words, for the patient.
    Patient,
}

/// The condition and its sides.
#[derive(Clone, Debug, Args)]
pub struct Ask {
    /// Condition of the atlas (`baihui condition list`).
    #[arg(long, value_name = "ID")]
    pub condition: String,
    /// Side of the lesion (the patient's).
    #[arg(long, value_enum)]
    pub lesion: Option<SideArg>,
    /// Side of the deficit: the weak arm, the numb leg (the patient's).
    #[arg(long, value_enum)]
    pub deficit: Option<SideArg>,
    /// Only this school, or `body`. May be repeated.
    #[arg(long, value_name = "NAME")]
    pub school: Vec<String>,
    /// Answer a question about the patient. May be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    pub answer: Vec<String>,
}

/// The patient.
#[derive(Clone, Debug, Args)]
pub struct For {
    /// The head.
    #[command(flatten)]
    pub head: HeadArg,
    /// The body.
    #[command(flatten)]
    pub body: BodyOf,
    /// The patient as JSON, as the record writes it: sides, answers, skull defects. A plan of a patient of the record
    /// takes them from there.
    #[arg(long, value_name = "PATH")]
    pub patient: Option<PathBuf>,
    /// The record.
    #[command(flatten)]
    pub record: RecordArg,
}

/// What points of the body are located on; what is typed goes before what the patient's file has, and what neither has
/// is the mesh's average.
#[derive(Clone, Debug, Default, Args)]
pub struct BodyOf {
    /// Sex of the body.
    #[arg(long, value_enum)]
    pub sex: Option<SexArg>,
    /// Age of the body, years.
    #[arg(long, value_name = "YEARS")]
    pub age: Option<f64>,
    /// Its measures.
    #[command(flatten)]
    pub measured: MeasureArgs,
}

/// A side, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SideArg {
    /// The patient's left.
    Left,
    /// The patient's right.
    Right,
    /// Both.
    Both,
}

impl From<SexArg> for Sex {
    fn from(s: SexArg) -> Self {
        match s {
            SexArg::Female => Self::Female,
            SexArg::Male => Self::Male,
        }
    }
}

impl From<SideArg> for Laterality {
    fn from(s: SideArg) -> Self {
        match s {
            SideArg::Left => Self::Left,
            SideArg::Right => Self::Right,
            SideArg::Both => Self::Bilateral,
        }
    }
}

/// A role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RoleArg {
    /// Runs the record.
    Owner,
    /// Treats and signs.
    Practitioner,
    /// Prepares and records.
    Assistant,
    /// Learns.
    Student,
    /// Sees what carries no names.
    Researcher,
}

impl From<RoleArg> for Role {
    fn from(r: RoleArg) -> Self {
        match r {
            RoleArg::Owner => Self::Owner,
            RoleArg::Practitioner => Self::Practitioner,
            RoleArg::Assistant => Self::Assistant,
            RoleArg::Student => Self::Student,
            RoleArg::Researcher => Self::Researcher,
        }
    }
}
