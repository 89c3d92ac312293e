//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::{
    beneath,
    body::BodyCommand,
    claims,
    consent::ConsentCommand,
    difference,
    evidence::{ClaimCommand, EvidenceCommand},
    guide,
    knowledge::{ConditionCommand, InstrumentCommand, SafetyCommand, TechniqueCommand},
    outcome::OutcomeCommand,
    patient::PatientCommand,
    plan::PlanCommand,
    record::RecordCommand,
    screening::ScreeningCommand,
    session::SessionCommand,
    target,
};

/// Scalp acupuncture, located: every zone of every school on a head, in millimetres, with its uncertainty.
///
/// Not a medical device. Needling is for qualified practitioners.
#[derive(Debug, Parser)]
#[command(name = "baihui", version, propagate_version = true, max_term_width = 110)]
#[command(
    after_help = "Exit codes: 0 done, 1 a check found problems, 2 wrong command line, 3 input that cannot \
be used, 4 nothing could be located, 5 a result could not be written."
)]
pub struct Cli {
    /// Write errors as JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// More schools: a TOML file, or a folder of them. May be repeated.
    #[arg(long, global = true, value_name = "PATH")]
    pub atlas: Vec<PathBuf>,
    /// What to do. Without a command the workstation starts with an invented patient, to try it.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Locate zones on a head: as a table, a file or a picture.
    Locate(Locate),
    /// What lies beneath a zone: gyri and Brodmann areas, how likely, how deep, and whether it is what is claimed.
    Beneath(Box<beneath::Args>),
    /// From a place of the brain to the place on the scalp, with a tape.
    Target(Box<target::Args>),
    /// Every claim about the cortex beneath a zone, against what lies there: as a table or a figure.
    Claims(Box<claims::Args>),
    /// A shell for 3D printing with slots along zones, or a paper strip to scale.
    Guide(Box<guide::Args>),
    /// Make a head from tape measurements, look at one, measure one.
    #[command(subcommand)]
    Head(Head),
    /// Read, check and compare the schools.
    #[command(subcommand)]
    Atlas(AtlasCommand),
    /// Points of regular acupuncture on a person's body.
    #[command(subcommand)]
    Body(BodyCommand),
    /// Scalp and regular acupuncture side by side, for a condition or as such: every number with its source.
    Compare(Box<difference::CompareArgs>),
    /// Pool, check, draw and report evidence.
    #[command(subcommand)]
    Evidence(EvidenceCommand),
    /// What is claimed of scalp acupuncture, and what is known.
    #[command(subcommand)]
    Claim(ClaimCommand),
    /// Plan a treatment: candidates side by side, needles one by one, checked, signed.
    #[command(subcommand)]
    Plan(Box<PlanCommand>),
    /// Conditions with their protocols, side rules and evidence.
    #[command(subcommand)]
    Condition(ConditionCommand),
    /// What the sources state about needles, manipulation and electricity.
    #[command(subcommand)]
    Technique(TechniqueCommand),
    /// The rules of safety and the questions that they ask.
    #[command(subcommand)]
    Safety(SafetyCommand),
    /// Outcome instruments: items, scores, changes that matter.
    #[command(subcommand)]
    Instrument(InstrumentCommand),
    /// Start the workstation: a page in the browser, served to this machine only.
    Serve(crate::serve::Serve),
    /// Add, find, show and change patients.
    #[command(subcommand)]
    Patient(PatientCommand),
    /// Record a session needle by needle; close, sign and amend it.
    #[command(subcommand)]
    Session(SessionCommand),
    /// Keep what a patient agreed to, and show the texts.
    #[command(subcommand)]
    Consent(ConsentCommand),
    /// Ask what the rules of safety ask, keep the answers, and say which stand today.
    #[command(subcommand)]
    Screening(ScreeningCommand),
    /// Record what was measured.
    #[command(subcommand)]
    Outcome(OutcomeCommand),
    /// The record as a whole: staff, check, backup, export, audit log.
    #[command(subcommand)]
    Record(RecordCommand),
    /// Print the completions of a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the JSON schema of a file format.
    Schema {
        /// Which format.
        what: SchemaOf,
    },
}

/// Formats with a schema.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum SchemaOf {
    /// The output of `locate --format json`.
    Locate,
    /// What `patient add --input` reads.
    Patient,
    /// How a session begins; `session start` knows patient and practitioner by itself.
    SessionStart,
    /// What `session record` reads.
    SessionEvents,
    /// An outcome; `outcome add --input` reads its `result`.
    Outcome,
    /// A file of the folder `atlas/schools`.
    School,
    /// A plan.
    Plan,
    /// A file of the folder `atlas/conditions`.
    Condition,
    /// `atlas/techniques.toml`.
    Techniques,
    /// `atlas/safety.toml`.
    Safety,
    /// `atlas/safety-cases.toml`.
    SafetyCases,
    /// A file of the folder `atlas/instruments`.
    Instrument,
    /// `atlas/labs.toml`.
    Labs,
    /// `atlas/consent.toml`.
    Consent,
    /// The course of a patient; `record course` writes it.
    Course,
    /// The interface of `serve`, as OpenAPI 3.1.
    Openapi,
}

/// Which head.
#[derive(Clone, Debug, Args)]
pub struct HeadArg {
    /// The built-in head (`template`) or a head file (GLB).
    #[arg(long, default_value = "template", value_name = "HEAD")]
    pub head: String,
}

/// Which items, by which variants.
#[derive(Clone, Debug, Args)]
pub struct Selection {
    /// Only this school. May be repeated; schools known from background only are shown when named.
    #[arg(long, value_name = "NAME")]
    pub school: Vec<String>,
    /// Only this zone or point. May be repeated.
    #[arg(long, value_name = "CODE")]
    pub zone: Vec<String>,
    /// Use this variant of a zone, or this option of a setting. May be repeated.
    #[arg(long, value_name = "ZONE=NAME")]
    pub variant: Vec<String>,
}

/// `baihui locate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  baihui locate
  baihui locate --school ms --format csv -o ms.csv
  baihui locate --zone MS6 --variant GV20=ear-apex
  baihui locate --head patient.glb --format png -o views.png
  baihui locate --system 10-10 --format json")]
pub struct Locate {
    /// The head.
    #[command(flatten)]
    pub head: HeadArg,
    /// The items.
    #[command(flatten)]
    pub selection: Selection,
    /// Also the sites of an electrode system.
    #[arg(long, value_enum)]
    pub system: Option<System>,
    /// What to write. Without this option: a table, and the pictures beside it (see -o).
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Where to write: a file for one format; without --format the folder of the pictures [default: baihui-out].
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Draw so many random heads for the uncertainty, instead of moving one landmark at a time (first order).
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub draws: Option<u32>,
    /// Seed of --draws: the same seed gives the same numbers.
    #[arg(long, default_value_t = 1, requires = "draws")]
    pub seed: u64,
    /// Colours of pictures.
    #[arg(long, value_enum, default_value_t = Theme::Light)]
    pub theme: Theme,
}

/// Electrode systems.
#[expect(clippy::enum_variant_names, reason = "they are called so")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum System {
    /// 19 sites.
    #[value(name = "10-20")]
    TenTwenty,
    /// 87 sites.
    #[value(name = "10-10")]
    TenTen,
    /// 336 sites.
    #[value(name = "10-5")]
    TenFive,
}

/// Output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for people.
    Table,
    /// JSON (see `baihui schema locate`).
    Json,
    /// Comma-separated values, one row an item.
    Csv,
    /// Five views on one page, as SVG.
    Svg,
    /// Five views on one page, as PNG.
    Png,
    /// The head with its zones in 3D.
    Glb,
}

/// Themes of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// As the viewer prefers (SVG).
    Auto,
}

/// `baihui head`.
#[derive(Debug, Subcommand)]
pub enum Head {
    /// Make a head from what a tape measures in two minutes.
    Tape(Box<Tape>),
    /// Make a head from a person's T1-weighted magnetic resonance image.
    Mri(Box<Mri>),
    /// Make a head from a surface scan (phone, structured light).
    Scan(Box<Scan>),
    /// Make a head from digitised points alone: the built-in head warped to them.
    Points(Box<Points>),
    /// Show what a head is: its landmarks, how each was got, and how far to trust it.
    Show {
        /// The head.
        #[command(flatten)]
        head: HeadArg,
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
    },
    /// Measure a head with the digital tape: arcs, circumference, cun.
    Measure {
        /// The head.
        #[command(flatten)]
        head: HeadArg,
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
    },
    /// Write a head's surface for another program.
    Export {
        /// The head.
        #[command(flatten)]
        head: HeadArg,
        /// Where to: the extension decides (glb, ply, stl, obj).
        #[arg(short, long, value_name = "PATH")]
        output: PathBuf,
    },
}

/// `baihui head tape`.
///
/// Lengths may carry a unit (`57.5 cm`, `575 mm`, `22.6 in`); without one, cm and mm are recognised by size.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  baihui head tape --circumference 57 --nasion-inion 35 --ear-ear 36 --sex female -o patient.glb
  baihui head tape --circumference '575 mm' --glabella-hairline '6.5 cm' --hairline receded -o patient.glb

What is not measured is estimated from ANSUR II (adults), with its spread.")]
pub struct Tape {
    /// Round the head: over the brows and, level, round the back where it reads most.
    #[arg(long, value_name = "LENGTH", allow_negative_numbers = true)]
    pub circumference: Option<String>,
    /// From the nasal bridge over the top, on the midline, to the bump at the back of the head.
    #[arg(long, value_name = "LENGTH", allow_negative_numbers = true)]
    pub nasion_inion: Option<String>,
    /// From just in front of one ear over the top to the same point of the other.
    #[arg(long, visible_alias = "preauricular", value_name = "LENGTH", allow_negative_numbers = true)]
    pub ear_ear: Option<String>,
    /// From between the eyebrows to the front hairline.
    #[arg(long, value_name = "LENGTH", allow_negative_numbers = true)]
    pub glabella_hairline: Option<String>,
    /// From the front hairline over the top to the hairline of the nape.
    #[arg(long, value_name = "LENGTH", allow_negative_numbers = true)]
    pub hairline_hairline: Option<String>,
    /// By caliper: from between the eyebrows to the farthest point of the back of the head.
    #[arg(long, value_name = "LENGTH", allow_negative_numbers = true)]
    pub length: Option<String>,
    /// By caliper: the greatest breadth above the ears.
    #[arg(long, value_name = "LENGTH", allow_negative_numbers = true)]
    pub breadth: Option<String>,
    /// Sex, for the population figures.
    #[arg(long, value_enum)]
    pub sex: Option<SexArg>,
    /// Age in years.
    #[arg(long, value_name = "YEARS")]
    pub age: Option<f64>,
    /// What is left of the front hairline.
    #[arg(long, value_enum, default_value_t = HairlineArg::Present)]
    pub hairline: HairlineArg,
    /// Where the front hairline is taken to be when it was not measured.
    #[arg(long, value_enum, default_value_t = RuleArg::Population)]
    pub hairline_rule: RuleArg,
    /// Your own repeat error of a tape reading (standard deviation, mm), if you know it.
    #[arg(long, value_name = "MM")]
    pub tape_sd_mm: Option<f64>,
    /// Name of the head, shown on every output.
    #[arg(long)]
    pub name: Option<String>,
    /// What to write to the terminal.
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub format: ReportFormat,
    /// Head file to write (GLB).
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
}

/// Landmarks placed by hand, in the coordinates of the image or the scan.
#[derive(Clone, Debug, Default, Args)]
pub struct Given {
    /// File with landmarks or points: .fcsv, .mrk.json, .json, .elc, .sfp, .tsv, .bvct, .xml, .hsp, .hpts, .csv.
    #[arg(long, value_name = "FILE")]
    pub landmarks: Option<PathBuf>,
    /// Nasion, as three numbers.
    #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true)]
    pub nasion: Option<String>,
    /// Inion.
    #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true)]
    pub inion: Option<String>,
    /// Left preauricular point: the patient's left.
    #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true)]
    pub lpa: Option<String>,
    /// Right preauricular point: the patient's right.
    #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true)]
    pub rpa: Option<String>,
}

/// `baihui head mri`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  baihui head mri T1.nii.gz -o patient.glb
  baihui head mri dicom-folder --series 4 -o patient.glb
  baihui head mri T1.mgz -o patient.glb --pial-left lh.pial --annot-left lh.aparc.annot
  baihui head mri T1.nii.gz -o patient.glb --landmarks fiducials.fcsv --inion 0,-118,-25

Coordinates are mm, right-anterior-superior, as the image's header has them. Left and right are the header's:
a head and its mirror image look alike. Beside the head a page is written that shows what was found.")]
pub struct Mri {
    /// The image: .nii, .nii.gz, .mgh, .mgz, or DICOM slices in a folder or a .zip.
    #[arg(value_name = "IMAGE")]
    pub image: PathBuf,
    /// Landmarks placed by hand.
    #[command(flatten)]
    pub given: Given,
    /// Which series of a DICOM folder: its number or its SeriesInstanceUID.
    #[arg(long, value_name = "SERIES")]
    pub series: Option<String>,
    /// The header has exchanged left and right: mirror the image. Said on every output.
    #[arg(long)]
    pub flip: bool,
    /// The person's own left pial surface (GIFTI or FreeSurfer).
    #[arg(long, value_name = "FILE")]
    pub pial_left: Option<PathBuf>,
    /// The person's own right pial surface.
    #[arg(long, value_name = "FILE")]
    pub pial_right: Option<PathBuf>,
    /// Regions of the left pial surface (FreeSurfer .annot or GIFTI labels).
    #[arg(long, value_name = "FILE", requires = "pial_left")]
    pub annot_left: Option<PathBuf>,
    /// Regions of the right pial surface.
    #[arg(long, value_name = "FILE", requires = "pial_right")]
    pub annot_right: Option<PathBuf>,
    /// Name of the head, shown on every output.
    #[arg(long)]
    pub name: Option<String>,
    /// Page to look at before the head is trusted [default: beside the head, .html].
    #[arg(long, value_name = "PATH")]
    pub page: Option<PathBuf>,
    /// What to write to the terminal.
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub format: ReportFormat,
    /// Head file to write (GLB).
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
}

/// Units of length of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UnitArg {
    /// Millimetres.
    Mm,
    /// Centimetres.
    Cm,
    /// Metres.
    M,
    /// Inches.
    Inch,
}

/// `baihui head scan`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  baihui head scan head.ply --landmarks l.json -o patient.glb
  baihui head scan head.obj --nasion 1.2,98,-40 --lpa -75,0,-48 --rpa 74,1,-47 --hair 8 -o patient.glb
  baihui head scan head.stl -o patient.glb

Any axes: nasion and both preauricular points give the directions, in the scan's own coordinates and unit. Without
them the built-in head is fitted from 48 sides, and everything found is to be confirmed.")]
pub struct Scan {
    /// The scan: .ply, .obj, .stl or .glb.
    #[arg(value_name = "MESH")]
    pub mesh: PathBuf,
    /// Landmarks placed by hand.
    #[command(flatten)]
    pub given: Given,
    /// Unit of the scan, where its size does not tell.
    #[arg(long, value_enum)]
    pub unit: Option<UnitArg>,
    /// Thickness of hair or cap over the hairy part of the scalp, mm.
    #[arg(long, value_name = "MM", default_value_t = 0.0)]
    pub hair: f64,
    /// Name of the head, shown on every output.
    #[arg(long)]
    pub name: Option<String>,
    /// Page to look at before the head is trusted [default: beside the head, .html].
    #[arg(long, value_name = "PATH")]
    pub page: Option<PathBuf>,
    /// What to write to the terminal.
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub format: ReportFormat,
    /// Head file to write (GLB).
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
}

/// `baihui head points`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  baihui head points subject.hsp -o patient.glb
  baihui head points cap.elc -o patient.glb --format json

The file must hold nasion, LPA and RPA; 10-5 electrodes by name and points of the head's shape do the rest.")]
pub struct Points {
    /// The points: .hsp, .elp, .hpts, .elc, .sfp, .tsv, .bvct, .xml, .fcsv, .mrk.json, .json.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Name of the head, shown on every output.
    #[arg(long)]
    pub name: Option<String>,
    /// Page to look at before the head is trusted [default: beside the head, .html].
    #[arg(long, value_name = "PATH")]
    pub page: Option<PathBuf>,
    /// What to write to the terminal.
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub format: ReportFormat,
    /// Head file to write (GLB).
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
}

/// Sex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SexArg {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// Front hairline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HairlineArg {
    /// Where it grew.
    Present,
    /// Receded.
    Receded,
    /// None.
    Bald,
}

/// Rule for a hairline that was not measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RuleArg {
    /// The population's mean distance from the glabella.
    Population,
    /// Glabella to GV14 is 18 cun.
    EighteenCun,
    /// 5 cm above the glabella (Jiao).
    #[value(name = "jiao-5cm")]
    Jiao5Cm,
    /// 6 cm above the glabella (as one page gives Jiao's rule).
    #[value(name = "jiao-6cm")]
    Jiao6Cm,
}

/// Formats of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// `baihui atlas`.
#[derive(Debug, Subcommand)]
pub enum AtlasCommand {
    /// Find mistakes in the atlas, with file, line and a hint; then try every school on the built-in head.
    #[command(after_help = "Examples:
  baihui atlas check
  baihui atlas check --atlas my-school.toml")]
    Check,
    /// List schools and items.
    List {
        /// Only this school.
        #[arg(long, value_name = "NAME")]
        school: Option<String>,
        /// Only what contains these words (code, name in any script, alias).
        #[arg(long, value_name = "WORDS")]
        find: Option<String>,
        /// What to write.
        #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
        format: ReportFormat,
    },
    /// Show one item: names, construction, sources, checks, conflicts, picture.
    #[command(after_help = "Examples:
  baihui atlas show MS6
  baihui atlas show 运动区
  baihui atlas show GV20 --format html -o gv20.html")]
    Show {
        /// Code, or a name in any script.
        item: String,
        /// The head that it is shown on.
        #[command(flatten)]
        head: HeadArg,
        /// What to write.
        #[arg(long, value_enum, default_value_t = PageFormat::Text)]
        format: PageFormat,
        /// Where to write it.
        #[arg(short, long, value_name = "PATH")]
        output: Option<PathBuf>,
    },
    /// Measure how far schools, variants and settings lie apart on a head.
    #[command(after_help = "Examples:
  baihui atlas compare
  baihui atlas compare --school ms --school jiao --format png -o ms-jiao.png
  baihui atlas compare --variants
  baihui atlas compare --variants --zone GV20")]
    Compare {
        /// The head.
        #[command(flatten)]
        head: HeadArg,
        /// Schools to compare; all that are on by default if none is named.
        #[arg(long, value_name = "NAME")]
        school: Vec<String>,
        /// Compare the variants of zones and the options of settings instead.
        #[arg(long)]
        variants: bool,
        /// With --variants: only this zone. May be repeated.
        #[arg(long, value_name = "CODE", requires = "variants")]
        zone: Vec<String>,
        /// What to write.
        #[arg(long, value_enum, default_value_t = CompareFormat::Table)]
        format: CompareFormat,
        /// Where to write it.
        #[arg(short, long, value_name = "PATH")]
        output: Option<PathBuf>,
    },
}

/// Formats of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PageFormat {
    /// For the terminal.
    Text,
    /// One self-contained page with the pictures.
    Html,
    /// For programs.
    Json,
}

/// Formats of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompareFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// Comma-separated values.
    Csv,
    /// A picture.
    Svg,
    /// A picture.
    Png,
}
