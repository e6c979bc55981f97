"""A small whole application with Twinlock behind its password check."""
