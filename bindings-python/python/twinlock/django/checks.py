"""System checks (to be written out)."""
