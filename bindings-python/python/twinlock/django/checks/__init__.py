"""System checks: what would leave the second factor off, weak or in nobody's way. `manage.py check --deploy` asks for more.

| id | says |
|---|---|
| `twinlock.E001` | `settings.TWINLOCK` has a name or value that cannot be |
| `twinlock.E002` | there is no issuer |
| `twinlock.E003` | there are no keys, or they cannot be read |
| `twinlock.E004` | a key is not random |
| `twinlock.E005` | the policy lets a guesser in too often |
| `twinlock.E006` | a function that a setting names cannot be imported |
| `twinlock.E007` | the primary key of the user model is no int, UUID or text |
| `twinlock.E011` | there is no such database, or Twinlock cannot keep records in it |
| `twinlock.E012` | SQLite with `ATOMIC_REQUESTS` would wait for itself |
| `twinlock.E013` | the SQLite file is the application's own |
| `twinlock.E021` | the middleware is missing, or comes too early |
| `twinlock.W022` | the admin does not demand a second factor |
| `twinlock.W023` | an API lets in who has only the password |
| `twinlock.W024` | a view gives tokens to who has only the password |
| `twinlock.W025` | nothing asks for the code: the URLs are missing |
| `twinlock.W031` | (deploy) the key is one for development |
| `twinlock.W032` | (deploy) sessions are kept where proofs should not be |
| `twinlock.W033` | (deploy) session cookies travel in clear, or scripts can read them |
"""

from . import database, doors, settings

__all__ = ["database", "doors", "settings"]
