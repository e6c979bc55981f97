//! Keeps Twinlock's records with redis.
