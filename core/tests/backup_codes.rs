//! Backup codes (DESIGN §3, verification 6; §5, numbers).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

mod common;

use std::collections::HashSet;

use common::{Kit, SECRET, USER, refusal};
use twinlock::Code;

#[test]
fn each_code_gets_in_once_and_says_what_is_left() {
    let (kit, _, enrolled) = Kit::enrolled();
    for (used, code) in enrolled.backup_codes.iter().enumerate() {
        let left = 9 - u8::try_from(used).unwrap();
        assert_eq!(kit.verify(&kit.challenge(), code).unwrap().backup_codes_left, left);
        let (refused, writes) = kit.writes(|| kit.verify(&kit.challenge(), code));
        assert_eq!((refusal(refused), writes), (Code::InvalidCode, 0));
    }
    assert_eq!(kit.after_password(None).methods, [twinlock::Method::Totp]);
}

#[test]
fn ten_codes_of_80_bits_in_groups_of_four() {
    let (_, _, enrolled) = Kit::enrolled();
    let texts: HashSet<&str> = enrolled.backup_codes.iter().map(|code| code.as_str()).collect();
    assert_eq!(texts.len(), 10);
    for text in texts {
        let groups: Vec<&str> = text.split('-').collect();
        assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [4; 4]);
        let crockford =
            |letter: char| letter.is_ascii_digit() || letter.is_ascii_uppercase() && !"ILOU".contains(letter);
        assert!(groups.iter().all(|group| group.chars().all(crockford)), "{text}");
    }
}

#[test]
fn codes_are_read_as_people_write_them() {
    let (kit, _, enrolled) = Kit::enrolled();
    let writings: [fn(&str) -> String; 5] = [
        |code| code.to_lowercase(),
        |code| code.replace('-', ""),
        |code| code.replace('-', " "),
        |code| code.replace('0', "o").replace('1', "I"),
        |code| format!("\t{}\r\n", code.replace('1', "L")),
    ];
    for (code, write) in enrolled.backup_codes.iter().zip(writings) {
        assert!(kit.verify(&kit.challenge(), &write(code)).is_ok(), "{:?}", write(code));
    }
}

#[test]
fn few_codes_are_told_from_three_down() {
    let (kit, _, enrolled) = Kit::enrolled();
    for (used, code) in enrolled.backup_codes.iter().enumerate() {
        kit.verify(&kit.challenge(), code).unwrap();
        let low = kit.events().into_iter().find(|(event, _)| event.kind == "backup_codes_low");
        let left = 9 - used;
        assert_eq!(low.is_some(), left <= 3, "{left} left");
        assert!(low.is_none_or(|(event, _)| event.detail["left"].as_u64() == Some(left as u64)));
    }
}

#[test]
fn another_users_code_is_wrong() {
    let (kit, _, _) = Kit::enrolled();
    let (_, bob) = kit.enroll("43");
    assert_eq!(refusal(kit.verify(&kit.challenge(), &bob.backup_codes[0])), Code::InvalidCode);
}

#[test]
fn a_user_without_backup_codes_is_asked_for_none_and_told_nothing() {
    let kit = Kit::with(|settings| settings.backup_codes = 0);
    let (_, enrolled) = kit.enroll(USER);
    assert!(enrolled.backup_codes.is_empty());
    assert_eq!(kit.after_password(None).methods, [twinlock::Method::Totp]);
    let (refused, writes) = kit.writes(|| kit.verify(&kit.challenge(), "0000-0000-0000-0000"));
    assert_eq!((refusal(refused), writes), (Code::InvalidCode, 0));
    let imported = Kit::new();
    imported.import(SECRET).unwrap();
    assert_eq!(refusal(imported.verify(&imported.challenge(), "0000-0000-0000-0000")), Code::InvalidCode);
}

#[test]
fn the_user_says_they_are_saved_once() {
    let (kit, _, enrolled) = Kit::enrolled();
    assert!(!kit.status().backup_codes.saved);
    let (_, writes) = kit.writes(|| kit.two_factor.backup_codes_saved(USER, None).unwrap());
    assert_eq!((writes, kit.told().0), (1, vec!["backup_codes_saved".to_owned()]));
    let (_, writes) = kit.writes(|| kit.two_factor.backup_codes_saved(USER, None).unwrap());
    assert_eq!((writes, kit.status().backup_codes.saved), (0, true));
    kit.two_factor.regenerate_backup_codes(USER, &enrolled.assurance, None).unwrap();
    assert!(!kit.status().backup_codes.saved, "a new set is not saved yet");
}

#[test]
fn a_regenerated_set_is_whole_and_the_old_one_is_wrong() {
    let (kit, _, enrolled) = Kit::enrolled();
    kit.verify(&kit.challenge(), &enrolled.backup_codes[0]).unwrap();
    let new = kit.two_factor.regenerate_backup_codes(USER, &enrolled.assurance, None).unwrap();
    assert_eq!(kit.status().backup_codes.left, 10);
    for old in &enrolled.backup_codes {
        assert_eq!(refusal(kit.verify(&kit.challenge(), old)), Code::InvalidCode);
    }
    assert_eq!(kit.verify(&kit.challenge(), &new[9]).unwrap().backup_codes_left, 9);
}
