//! What is known today against what was planned: a plan that was signed yesterday may be stopped by an answer of today.

use baihui_atlas::Atlas;
use baihui_clinic::{
    knowledge::Knowledge,
    plan::{Geometry, Plan, check},
    safety::{Finding, Level, State},
    screening::Standing,
};

/// The first rule that stops a plan by what stands today. Where two places of the record contradict each other, a stop by
/// either is a stop: nobody is needled because one of them says no.
pub fn stop(
    knowledge: &Knowledge,
    atlas: &Atlas,
    geometry: &Geometry,
    plan: &Plan,
    standing: &Standing,
) -> Option<Finding> {
    standing.possible().into_iter().find_map(|answers| {
        let plan = Plan { answers, ..plan.clone() };
        let found = check(&plan, knowledge, atlas, geometry).findings;
        found.into_iter().find(|f| f.level == Level::Stop && f.outcome == State::Fires)
    })
}

/// How a stop is told to whoever would begin.
pub fn words(stop: &Finding) -> String {
    format!("a rule of safety says stop today: {}", stop.text)
}
