//! The three dialects of the schema say the same: one version, the same tables, columns and indexes.

use std::collections::BTreeMap;

const DIALECTS: [&str; 3] = [
    include_str!("../../contract/schema/sqlite.sql"),
    include_str!("../../contract/schema/postgres.sql"),
    include_str!("../../contract/schema/mysql.sql"),
];

/// Columns of each table, in order, and what each index covers.
fn shape(dialect: &str) -> (BTreeMap<String, Vec<String>>, BTreeMap<String, String>) {
    let (mut tables, mut indexes, mut table) = (BTreeMap::new(), BTreeMap::new(), String::new());
    for line in dialect.lines().map(|line| line.split("--").next().unwrap().trim_end()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["CREATE", "TABLE", name, ..] => table = (*name).to_owned(),
            ["CREATE", "INDEX", name, ..] | ["KEY", name, ..] => {
                let covered = line[line.rfind('(').unwrap()..].trim_end_matches([';', ',']).to_owned();
                indexes.insert((*name).to_owned(), covered);
            }
            [column, ..]
                if line.starts_with("    ") && column.chars().all(|letter| letter.is_lowercase() || letter == '_') =>
            {
                tables.entry(table.clone()).or_insert_with(Vec::new).push((*column).to_owned());
            }
            _ => {}
        }
    }
    (tables, indexes)
}

#[test]
fn all_have_the_same_tables_columns_and_indexes() {
    let [sqlite, postgres, mysql] = DIALECTS.map(shape);
    assert_eq!(sqlite.0["twinlock_record"], ["user_id", "version", "enabled", "key_id", "data"]);
    assert_eq!(sqlite.0["twinlock_event"].len(), 9);
    assert_eq!(sqlite.1.len(), 4);
    assert_eq!(sqlite, postgres);
    assert_eq!(sqlite, mysql);
}

#[test]
fn all_have_the_same_version() {
    for dialect in DIALECTS {
        assert!(dialect.starts_with("-- Twinlock schema, version 1, for "));
    }
    assert!(DIALECTS[0].contains("PRAGMA user_version = 1;"));
}
