//! Texts of the printed pages, in English and Chinese.

use baihui_clinic::{
    needle::{Layer, Method},
    people::Sex,
    side::Laterality,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Language of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "PaperLanguage")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

impl Language {
    /// Its code, as PDF and HTML write it.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-Hans",
        }
    }

    /// The same for texts of the atlas and for the note of a session.
    pub fn of_atlas(self) -> baihui_atlas::words::Language {
        use baihui_atlas::words::Language;
        match self {
            Self::En => Language::En,
            Self::Zh => Language::Zh,
        }
    }

    /// Its texts.
    pub fn words(self) -> &'static Words {
        match self {
            Self::En => &EN,
            Self::Zh => &ZH,
        }
    }
}

macro_rules! words {
    ($($name:ident: $en:literal, $zh:literal;)*) => {
        /// The texts.
        pub struct Words {
            zh: bool,
            $(pub $name: &'static str,)*
        }
        static EN: Words = Words { zh: false, $($name: $en,)* };
        static ZH: Words = Words { zh: true, $($name: $zh,)* };
        /// All texts, for the test that their glyphs are there.
        #[cfg(test)]
        pub const ALL: &[(&str, &str)] = &[$(($en, $zh),)*];
    };
}

words! {
    born: "born", "出生";
    not_given: "not given", "未填";
    lesion: "Lesion", "病灶侧";
    deficit: "Affected side of the body", "患侧";
    patients_sides: "left and right are the patient's", "左右均指患者的左右";
    since: "since", "起病";
    left: "left", "左";
    right: "right", "右";
    both: "both sides", "双侧";
    midline: "midline", "正中";
    under_skin: "under the skin", "进入皮下";
    deep: "deep", "深";
    electric: "electric", "电针";
    with: "with", "配";
    none: "none", "无";
    invented: "INVENTED: a demonstration, not a person.", "虚构：演示用，并非真人。";

    sheet: "Needle sheet", "针刺单";
    ask_first: "Ask for name and date of birth before the first needle.", "首针之前请核对姓名和出生日期。";
    draft: "DRAFT: not signed. Do not needle from this sheet.", "草稿：未签字。不得据此针刺。";
    plan_signed: "Plan, version {v}, signed by {by} on {at}.", "方案第 {v} 版，{by} 于 {at} 签字。";
    condition: "Condition", "病症";
    needles: "Needles", "针";
    site: "site", "部位";
    side: "side", "侧";
    find: "How to find them on this person", "在此人身上如何取穴";
    by_cun: "on the body, by its cun", "在身体上，按寸取穴";
    how: "angle and depth", "角度与深度";
    needle: "needle", "针具";
    stimulation: "stimulation", "刺激";
    stays: "stays", "留针";
    inn: "in", "入";
    out: "out", "出";
    count: "Needles in: ______    Needles out: ______    Counted by: ____________________", "入针数：______    出针数：______    清点人：____________________";
    beware: "To be minded", "注意";
    decided: "decided by {by}: {reason}", "{by} 决定：{reason}";
    head_of: "Made from: {source}. Numbers are the needles of the list.", "依据：{source}。数字为上表中的针号。";
    head_source_template: "the built-in head, not this patient's: measure before needling", "内置头模，并非该患者：针刺前请测量";
    head_source_tape: "tape measurements of this patient", "该患者的皮尺测量";
    head_source_other: "an image or scan of this patient", "该患者的影像或扫描";
    body_sites: "Points of the body are not on this picture.", "体穴不在此图上。";
    body_frame: "In the body's own millimetres: right {x}, front {y}, up {z}.", "身体坐标（毫米）：右{x}、前{y}、上{z}。";
    reading: "the place rests on a reading of the words: feel for the hollow.", "该处依文字推定：请触摸凹陷。";
    body_used: "Body: {sex}, {age} years; {known}.", "身体：{sex}，{age} 岁；{known}。";
    body_average: "What was not measured is the average of a model, not this patient: measure before you trust a millimetre.", "未测量者取模型平均值，并非该患者：使用毫米数前请测量。";
    body_picture: "The points of the body by their codes, as seen from this side.", "体穴以代码标出，为此侧所见。";
    height: "height", "身高";
    weight: "weight", "体重";
    forearm: "forearm", "前臂";
    lower_leg: "lower leg", "小腿";
    trunk: "trunk", "躯干";
    nothing_measured: "nothing was measured", "未作测量";
    device: "Baihui. Not a medical device; needling is for qualified practitioners.", "百会 Baihui。非医疗器械；针刺须由有资质者施行。";

    page: "Your treatment", "您的治疗";
    page_for: "For", "患者";
    page_what: "What we treat", "治疗什么";
    page_where: "Where the needles go", "针刺在哪里";
    page_lines: "{n} thin needles. On your head: {zones}.", "共 {n} 根细针。头部：{zones}。";
    page_body: "On your body: {points}.", "身体：{points}。";
    page_picture: "Your head with your needles. Left and right are your own.", "您的头和您的针。左右为您自己的左右。";
    page_picture_template: "A head with your needles; your own head has not been measured yet. Left and right are your own.", "头模和您的针；尚未测量您自己的头。左右为您自己的左右。";
    page_how: "What happens", "治疗过程";
    page_stay: "The needles stay for about {min} minutes.", "留针约 {min} 分钟。";
    page_hand: "Meanwhile they are turned by hand from time to time.", "其间会不时用手捻转。";
    page_electric: "A weak current runs through some of them. Say at once if it is unpleasant.", "部分针会通微弱电流。如有不适请立即告知。";
    page_count: "All needles are counted when they are out.", "出针后会清点所有的针。";
    page_often: "How often: {text}", "多久一次：{text}";
    page_sessions: "Planned: {n} sessions.", "计划 {n} 次。";
    page_known: "What is known", "目前所知";
    page_known_honest: "Trials of acupuncture for this exist, and many of them are of low quality. Nobody can promise an effect. Ask us what was found for your complaint; we will show it.", "有针刺治疗此病的试验，其中许多质量不高。没有人能保证疗效。请询问针对您的病症有何发现，我们会给您看。";
    page_tell: "Tell us before the next needle if something of this is new", "下次针刺前，如有以下新情况请告知";
    page_next: "Your next visit", "下次就诊";
    page_blank: "_________________________________", "_________________________________";

    letter: "Letter on a course of acupuncture", "针刺治疗情况函";
    letter_about: "About", "关于";
    letter_diagnoses: "Diagnoses", "诊断";
    letter_session: "Session of {at}", "{at} 的治疗";
    letter_course: "Sessions so far", "至今的治疗";
    letter_outcomes: "Outcomes", "疗效评定";
    letter_none: "None recorded.", "无记录。";
    date: "date", "日期";
    instrument: "instrument", "量表";
    visit: "visit", "时点";
    score: "score", "得分";
    change: "change", "变化";
    against: "against published important changes", "与已发表的重要变化值比较";
    rater: "blinded", "盲评";
    yes: "yes", "是";
    no: "no", "否";
    better: "better", "好转";
    worse: "worse", "变差";
    same: "same", "不变";
    missing: "not measured", "未测";
    zones: "sites", "部位";
    harm: "Adverse events", "不良事件";
    no_harm: "None recorded.", "无记录。";
    grade: "grade", "级";
    letter_caveat: "A change over time in one person does not show what caused it. Scores are compared with what sources call an important change; the sources disagree where more than one is given.", "一个人随时间的变化并不说明原因。得分与文献所称的重要变化值比较；列出多个时，文献说法不一。";
    letter_closing: "Kind regards", "此致";
    letter_unsigned: "The session is not signed yet: this letter is a draft.", "该次治疗尚未签字：本函为草稿。";
    methods_rotation: "rotation", "捻转";
    methods_lift: "lifting and thrusting", "提插";
    methods_drawing: "drawing qi", "抽气";
    methods_thrusting: "thrusting qi", "进气";
    methods_scraping: "scraping", "刮柄";
    methods_flicking: "flicking", "弹柄";
    methods_other: "by hand", "手法";
    layer_skin: "in the skin", "皮内";
    layer_subcutaneous: "above the aponeurosis", "皮下（帽状腱膜之上）";
    layer_loose: "loose layer below the aponeurosis", "帽状腱膜下疏松层";
    layer_periosteum: "at the bone", "骨膜";
    layer_muscle: "in muscle", "肌层";
    layer_other: "another layer", "其他层";
    female: "female", "女";
    male: "male", "男";
    other_sex: "other", "其他";
}

impl Words {
    /// A side of the body.
    pub fn laterality(&self, l: Laterality) -> &'static str {
        match l {
            Laterality::Left => self.left,
            Laterality::Right => self.right,
            Laterality::Bilateral => self.both,
            Laterality::Midline => self.midline,
        }
    }

    /// Sex.
    pub fn sex(&self, s: Sex) -> &'static str {
        match s {
            Sex::Female => self.female,
            Sex::Male => self.male,
            Sex::Other => self.other_sex,
        }
    }

    /// A manipulation.
    pub fn method(&self, m: Method) -> &'static str {
        match m {
            Method::Rotation => self.methods_rotation,
            Method::LiftThrust => self.methods_lift,
            Method::DrawingQi => self.methods_drawing,
            Method::ThrustingQi => self.methods_thrusting,
            Method::Scraping => self.methods_scraping,
            Method::Flicking => self.methods_flicking,
            Method::Other => self.methods_other,
        }
    }

    /// A layer.
    pub fn layer(&self, l: Layer) -> &'static str {
        match l {
            Layer::Skin => self.layer_skin,
            Layer::Subcutaneous => self.layer_subcutaneous,
            Layer::LooseAreolar => self.layer_loose,
            Layer::Periosteum => self.layer_periosteum,
            Layer::Muscle => self.layer_muscle,
            Layer::Other => self.layer_other,
        }
    }

    /// Joins a list.
    pub fn list(&self, items: &[String]) -> String {
        items.join(if self.zh { "、" } else { ", " })
    }
}

/// Fills `{name}` in a text.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(text.to_owned(), |t, (name, value)| t.replace(&format!("{{{name}}}"), value))
}

/// A question of safety in a language; in English where nobody has translated it.
pub fn question(language: Language, q: &baihui_clinic::safety::FactQuestion) -> String {
    match (language, &q.question_zh) {
        (Language::Zh, Some(zh)) => zh.clone(),
        _ => q.question.clone(),
    }
}
