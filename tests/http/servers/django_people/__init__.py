"""The users of the Django application under test."""
