"""Measurements of Twinlock against its peers; `bench/run` starts them."""
