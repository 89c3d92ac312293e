//! How a zone is found, in two languages: both say the same, each in its own words.

use baihui_atlas::{
    Choices, Names, Request, built_in, locate,
    words::{Language, Words},
};
use baihui_head::{Side, template};

/// Numbers of a text in order of size: the languages tell them in another order.
fn numbers(text: &str) -> Vec<String> {
    let mut out: Vec<String> = text
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .map(|n| n.trim_matches('.').to_owned())
        .filter(|n| !n.is_empty())
        .collect();
    out.sort_unstable();
    out
}

/// The half is a word in both languages.
fn told(text: &str) -> String {
    text.replace("half", "").replace("中点", "")
}

#[test]
fn both_languages_tell_the_same_numbers_and_the_same_side() {
    let atlas = built_in::atlas(&[]).unwrap();
    let schools = (0..atlas.schools.len()).collect();
    let request = Request { schools, chinese: true, ..Request::default() };
    let found = locate::locate(&atlas, &Names::of(&atlas), &template::template(), &request).unwrap();
    assert!(found.items.len() > 200);
    for item in &found.items {
        let (en, zh) = (&item.tape, item.tape_zh.as_ref().unwrap());
        // Half-widths of bands are told in both; codes of items count as numbers in both.
        assert_eq!(numbers(&told(en)), numbers(&told(zh)), "{}\n{en}\n{zh}", item.code);
        // A way to a side, not the name of a landmark on it.
        let goes = |way: &str| {
            [".", ",", ":", " until", " to", " meets", " by", " of"]
                .iter()
                .any(|end| en.contains(&format!("{way}{end}")))
        };
        let sides = (goes("to the left"), goes("to the right"));
        assert_eq!((zh.contains("向左"), zh.contains("向右")), sides, "{}\n{en}\n{zh}", item.code);
        match item.side {
            Side::Left => assert!(!zh.contains("向右"), "{}: {zh}", item.code),
            Side::Right => assert!(!zh.contains("向左"), "{}: {zh}", item.code),
            Side::Midline => {}
        }
    }
}

#[test]
fn chinese_words_have_no_english_ones_in_them() {
    let atlas = built_in::atlas(&[]).unwrap();
    let choices = Choices::default();
    let known: Vec<&str> = atlas.entries.iter().map(|e| e.item.code.as_str()).collect();
    for (i, entry) in atlas.entries.iter().enumerate() {
        for (c, made) in entry.constructions.iter().enumerate() {
            let mut zh = Words::of(&atlas, &choices).in_language(Language::Zh).construction(i, c);
            // Codes and names of variants are the same in every language.
            let mut codes = known.clone();
            codes.sort_by_key(|c| std::cmp::Reverse(c.len()));
            for code in codes {
                zh = zh.replace(code, "");
            }
            while let (Some(a), Some(b)) = (zh.find('（'), zh.find('）')) {
                let inner = zh.get(a..b + '）'.len_utf8()).unwrap_or_default().to_owned();
                if inner.is_empty()
                    || !inner.is_ascii() && inner.chars().any(|c| !c.is_ascii() && !"（）".contains(c))
                {
                    break;
                }
                zh = zh.replacen(&inner, "", 1);
            }
            let word = zh.split(|c: char| !c.is_ascii_alphabetic()).find(|w| w.len() > 2);
            assert_eq!(word, None, "{}/{}: {zh}", entry.item.code, made.name);
        }
    }
}

#[test]
fn what_was_not_asked_for_in_chinese_is_in_english_only() {
    let atlas = built_in::atlas(&[]).unwrap();
    let items = vec![atlas.find("MS6").unwrap()];
    let head = template::template();
    let found =
        locate::locate(&atlas, &Names::of(&atlas), &head, &Request { items, ..Request::default() }).unwrap();
    assert!(found.items.iter().all(|i| i.tape_zh.is_none() && !i.tape.is_empty()));
}
