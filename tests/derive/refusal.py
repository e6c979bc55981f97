"""How a derivation says that an input is refused."""


class Refused(Exception):
    """The input is refused; the text is the engine's message."""
