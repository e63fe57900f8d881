//! Countries: whatever a warehouse system holds to ISO 3166-1 alpha-2, and alpha-2 to an English name.

use crate::country_table::{ALIASES, COUNTRIES, Country};

/// Longest text that is looked up; the longest known name has 56 letters.
const MAX_NAME: usize = 100;

/// The alpha-2 code of an alpha-2 or alpha-3 code or an English name, without regard to case, accents, punctuation, "the" and
/// "of". `None` for everything else: a country is never guessed.
#[must_use]
pub fn code(text: &str) -> Option<&'static str> {
    let text = text.trim();
    match text.len() {
        2 => by_alpha2(text).map(Country::alpha2).or_else(|| by_name(text)),
        3 => by_alpha3(text).or_else(|| by_name(text)),
        4..=MAX_NAME => by_name(text),
        _ => None,
    }
}

/// The English name of an alpha-2 code in any case, for far ends that take names.
#[must_use]
pub fn name(alpha2: &str) -> Option<&'static str> {
    by_alpha2(alpha2.trim()).map(|country| country.1)
}

fn by_alpha2(text: &str) -> Option<&'static Country> {
    let letters: [u8; 2] = text.as_bytes().try_into().ok()?;
    let upper = letters.map(|letter| letter.to_ascii_uppercase());
    let at = COUNTRIES.binary_search_by_key(&upper, Country::letters).ok()?;
    COUNTRIES.get(at)
}

fn by_alpha3(text: &str) -> Option<&'static str> {
    COUNTRIES.iter().find(|country| country.alpha3().eq_ignore_ascii_case(text)).map(Country::alpha2)
}

fn by_name(text: &str) -> Option<&'static str> {
    let wanted = fold(text);
    by_folded_name(&wanted).or_else(|| by_alias(&wanted)).or_else(|| by_form_of_state(&wanted))
}

fn by_folded_name(wanted: &str) -> Option<&'static str> {
    let initial = wanted.as_bytes().first().map(u8::to_ascii_uppercase)?;
    COUNTRIES.iter().find(|country| may_begin(country.1, initial) && fold(country.1) == wanted).map(Country::alpha2)
}

/// Names that "Republic of" leaves open. Of China there are two that call themselves a republic, and who writes it of Dominica, which is a
/// commonwealth, may mean the Dominican Republic.
const TWO_REPUBLICS: [&str; 2] = ["china", "dominica"];

/// "Republic of X" and "Kingdom of X".
fn by_form_of_state(wanted: &str) -> Option<&'static str> {
    let rest = wanted.strip_prefix("republic").or_else(|| wanted.strip_prefix("kingdom"))?;
    by_folded_name(rest).filter(|_| !TWO_REPUBLICS.contains(&rest))
}

/// Whether the folded name can begin with this letter, without folding it. Only names that begin with "The" would be missed; there are none.
fn may_begin(name: &str, initial: u8) -> bool {
    name.as_bytes().first().map(u8::to_ascii_uppercase) == Some(initial)
}

fn by_alias(wanted: &str) -> Option<&'static str> {
    ALIASES.split(' ').find_map(|entry| {
        let (name, code) = entry.split_at_checked(entry.len().checked_sub(2)?)?;
        (name == wanted).then_some(code)
    })
}

/// Letters and digits only, lower case, without accents, "the" and "of": what a name has in common with its other spellings. Of Latin; letters
/// of other scripts stay as they are.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.replace('&', " and ").split(|c: char| !is_letter(c) && !is_mark(c)) {
        let start = out.len();
        word.chars().filter(|c| !is_mark(*c)).for_each(|c| push_plain(c, &mut out));
        if matches!(out.get(start..), Some("the" | "of")) {
            out.truncate(start);
        }
    }
    out
}

/// Letters and digits. Outside ASCII what is no sign or punctuation counts as one, which needs no tables.
fn is_letter(c: char) -> bool {
    match c {
        'ª' | 'µ' | 'º' => true,
        '×' | '÷' | '\u{80}'..='\u{bf}' | '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{3003}' => false,
        c => c.is_ascii_alphanumeric() || !c.is_ascii(),
    }
}

/// Combining accents, which follow their letter in decomposed text.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

fn push_plain(c: char, out: &mut String) {
    out.push(match c {
        'A'..='Z' => c.to_ascii_lowercase(),
        'À'..='Å' | 'à'..='å' | 'Ā' | 'ā' | 'Ă' | 'ă' => 'a',
        'Ç' | 'ç' | 'Č' | 'č' => 'c',
        'È'..='Ë' | 'è'..='ë' | 'Ē' | 'ē' => 'e',
        'Ì'..='Ï' | 'ì'..='ï' | 'Ī' | 'ī' | 'İ' | 'ı' => 'i',
        'Ñ' | 'ñ' => 'n',
        'Ò'..='Ö' | 'Ø' | 'ò'..='ö' | 'ø' | 'Ō' | 'ō' => 'o',
        'Ù'..='Ü' | 'ù'..='ü' | 'Ū' | 'ū' => 'u',
        'Š' | 'š' | 'Ş' | 'ş' => 's',
        'Ž' | 'ž' => 'z',
        other => other,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_survives_the_way_to_its_name_and_back() {
        for country in &COUNTRIES {
            let (alpha2, alpha3, name) = (country.alpha2(), country.alpha3(), &country.1);
            assert_eq!((alpha2.len(), alpha3.len()), (2, 3));
            assert_eq!(code(alpha2), Some(alpha2));
            assert_eq!(code(alpha3), Some(alpha2));
            assert_eq!(code(name), Some(alpha2), "{name}");
            assert_eq!(code(&name.to_uppercase()), Some(alpha2), "{name}");
            assert_eq!(super::name(alpha2), Some(*name));
            assert!(name.len() <= 50 && name.is_ascii(), "{name}: country_of_origin takes 50 characters");
        }
    }

    #[test]
    fn the_table_is_sorted_and_has_no_name_twice() {
        assert!(COUNTRIES.windows(2).all(|pair| pair[0].alpha2() < pair[1].alpha2()));
        let mut names: Vec<String> = COUNTRIES.iter().map(|country| fold(country.1)).collect();
        names.extend(ALIASES.split(' ').map(|entry| entry[..entry.len() - 2].to_owned()));
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn every_alias_is_folded_and_names_a_country() {
        for entry in ALIASES.split(' ') {
            let (alias, code) = entry.split_at(entry.len() - 2);
            assert_eq!(fold(alias), alias);
            assert!(name(code).is_some(), "{entry}");
        }
    }

    #[test]
    fn names_that_warehouse_systems_hold_are_understood() {
        for (text, alpha2) in [
            ("USA", "US"),
            ("U.S.A.", "US"),
            ("United States of America", "US"),
            ("united states", "US"),
            ("UK", "GB"),
            ("U.K.", "GB"),
            ("Great Britain", "GB"),
            ("Korea", "KR"),
            ("Korea, Republic of", "KR"),
            ("Viet Nam", "VN"),
            ("VIETNAM", "VN"),
            ("Côte d’Ivoire", "CI"),
            ("Cote D'Ivoire", "CI"),
            ("The Netherlands", "NL"),
            ("Türkiye", "TR"),
            ("Tu\u{308}rkiye", "TR"),
            ("Trinidad & Tobago", "TT"),
            ("Hong Kong", "HK"),
            (" nz ", "NZ"),
            ("AUS", "AU"),
            ("new  zealand", "NZ"),
            ("Bahamas, The", "BS"),
            ("Russian Federation", "RU"),
            ("Czechia", "CZ"),
            ("São Tomé and Príncipe", "ST"),
            ("Isle of Man", "IM"),
            ("Republic of Ireland", "IE"),
            ("The Republic of Korea", "KR"),
            ("Kingdom of Norway", "NO"),
        ] {
            assert_eq!(code(text), Some(alpha2), "{text}");
        }
    }

    #[test]
    fn a_country_is_never_guessed() {
        for text in [
            "",
            "XX",
            "Austrlia",
            "Europe",
            "of the",
            "Z",
            "日本",
            "Zealand",
            "Republic of China",
            "Republic of Dominica",
            "The Republic of Dominica",
            "Republic of",
            &"a".repeat(5000),
        ] {
            assert_eq!(code(text), None, "{text}");
        }
    }
}
