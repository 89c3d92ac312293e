//! What the books list points and zones for, by body system.

use baihui_clinic::technique::Region;

use super::{Aspect, Both, Case, Column, Focus, Origin, Share, Statement, facts, facts::System};

/// Cuts a text into phrases.
fn phrases(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split([',', ';', ':', '.']).map(|p| p.trim().to_lowercase()).filter(|p| !p.is_empty())
}

/// Whether a word of the phrase begins so.
fn begins(phrase: &str, word: &str) -> bool {
    phrase.match_indices(word).any(|(i, _)| {
        phrase.get(..i).and_then(|before| before.chars().next_back()).is_none_or(|c| !c.is_alphanumeric())
    })
}

/// Index of the first system that a phrase fits.
fn system(systems: &[System], phrase: &str) -> Option<usize> {
    systems.iter().position(|s| {
        s.words.iter().any(|w| begins(phrase, w)) && !s.not.iter().any(|w| phrase.contains(w.as_str()))
    })
}

/// Counts the phrases of indications of both systems. The condition does not matter: focus is of the systems.
pub fn focus(case: &Case<'_>) -> (Focus, Aspect) {
    let systems = &facts().system;
    let mut shares: Vec<Share> = systems
        .iter()
        .map(|s| Share {
            id: s.id.clone(),
            title: Both::new(&s.names.en, &s.names.hanzi),
            scalp: 0,
            regular: 0,
        })
        .collect();
    let mut unsorted = [0, 0];
    let mut add = |k: usize, text: &str| {
        for p in phrases(text) {
            match system(systems, &p).and_then(|i| shares.get_mut(i)) {
                Some(s) if k == 0 => s.scalp += 1,
                Some(s) => s.regular += 1,
                None => unsorted[k] += 1,
            }
        }
    };
    let (mut zones, mut silent) = (0, 0);
    for e in super::points::scalp_items(case.world.atlas) {
        zones += 1;
        silent += usize::from(e.indication.is_empty());
        for f in &e.indication {
            add(0, &f.text);
        }
    }
    let mut points = 0;
    for p in &case.world.points.points {
        points += usize::from(!p.point.indication.is_empty());
        for i in &p.point.indication {
            add(1, i);
        }
    }
    let sorted: [usize; 2] = [shares.iter().map(|s| s.scalp).sum(), shares.iter().map(|s| s.regular).sum()];
    let how = Both::new(
        format!(
            "Phrases of the indications of {} zones of the scalp ({silent} more state none) and of {points} points, each \
             sorted into the first body system that it fits (atlas/difference.toml, our sorting); {} and {} phrases fit \
             none. A share says what the books list, not what works.",
            zones - silent,
            unsorted[0],
            unsorted[1]
        ),
        format!(
            "统计{}个头皮针穴区（另有{silent}个未列主治）与{points}个腧穴的主治用语，按身体系统归类（归类为本项目所定，见 \
             atlas/difference.toml）；各有{}与{}条未能归类。比例只反映书中所列，不代表疗效。",
            zones - silent,
            unsorted[0],
            unsorted[1]
        ),
    );
    let column = |region: Region| {
        let k = usize::from(region == Region::Body);
        let of = |s: &Share| if k == 0 { s.scalp } else { s.regular };
        let total = sorted[k].max(1);
        let percent = |n: usize| (n * 100 + total / 2) / total;
        let mut order: Vec<&Share> = shares.iter().filter(|s| of(s) > 0).collect();
        order.sort_by_key(|s| std::cmp::Reverse(of(s)));
        let statements = order.iter().map(|s| Statement {
            text: format!("{}: {} of {total} phrases, {} %", s.title.en, of(s), percent(of(s))),
            low: Some(percent(of(s)) as f64),
            high: Some(percent(of(s)) as f64),
            unit: "%".to_owned(),
            of: Some(s.title.en.clone()),
            origin: Origin::Counted,
            entry: if k == 0 { "atlas/schools/*.toml, indication" } else { "atlas/body/*.toml, indication" }
                .to_owned(),
            doubt: None,
            sources: Vec::new(),
        });
        let brain = shares.iter().find(|s| s.id == "brain").map_or(0, of);
        let widest = order.iter().filter(|s| percent(of(s)) >= 5).count();
        Column {
            plain: Both::new(
                format!(
                    "{} of 100 listed uses are for brain and nerves; {widest} kinds of complaint make up at least 5 of 100 each.",
                    percent(brain)
                ),
                format!("书中所列主治每100条有{}条属脑与神经；占5条以上的病类有{widest}类。", percent(brain)),
            ),
            statements: statements.collect(),
            contradictions: Vec::new(),
        }
    };
    let aspect = Aspect {
        id: "focus".to_owned(),
        title: Both::new("What it is used for", "主要用途"),
        scalp: column(Region::Head),
        regular: column(Region::Body),
    };
    (Focus { shares, sorted, unsorted, how }, aspect)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(text: &str) -> &'static str {
        let systems = &facts().system;
        system(systems, text).map_or("", |i| systems[i].id.as_str())
    }

    #[test]
    fn phrases_fall_into_the_system_that_a_reader_would_say() {
        for (text, expected) in [
            ("heart pain", "chest"),
            ("tinnitus and deafness", "senses"),
            ("tearing", "senses"),
            ("shortness of breath", "chest"),
            ("bad breath", "senses"),
            ("swelling of the armpit", "whole"),
            ("pain of the arm", "movement"),
            ("hemiplegia after stroke", "brain"),
            ("loose stools", "digestion"),
            ("scanty milk", "urinary"),
            ("insomnia", "mind"),
            ("hives", "skin"),
            ("tidal fever", "whole"),
            ("no such thing", ""),
        ] {
            assert_eq!(sorted(text), expected, "{text}");
        }
    }
}
