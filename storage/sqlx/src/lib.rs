//! Keeps Twinlock's records with sqlx.
