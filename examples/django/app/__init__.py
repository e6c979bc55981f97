"""A small Django project with Twinlock behind its password check."""
