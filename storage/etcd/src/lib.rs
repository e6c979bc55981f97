//! Keeps Twinlock's records with etcd.
