"""Moving in: takes over the authenticators that users have in another system, so that nobody scans anything again.

```python
from twinlock.moving_in import Device, Importer

importer = Importer(two_factor, actor="migration")
for user_id, secret in old_users:
    importer.user(user_id, [Device("otp_secret", secret)])
print(importer.report)
```

* **What was used stays used**: the step of the last code that the old system accepted comes along, and so does a phone's drift.
* **Backup codes do not come along**: the old system keeps them in forms that cannot be sealed. `status` shows that none are left, and
  the pages ask the user to make new ones.
* **Run it as often as you like.** Who is in already is passed over. Who has switched the second factor off since, or has changed the
  authenticators, is left alone and reported: an old secret must not come back by a second run.
* **A dry run** (`dry_run=True`) decides all of it on the real records and stores nothing.

Sources: files ([`read_csv`](twinlock.moving_in.files), `read_json_lines`; the command `twinlock import`), and the tables of django-otp,
django-two-factor-auth and allauth, or a column of yours (`manage.py twinlock_import`).
"""

from ._device import Device
from ._importer import Importer, OldUser, Problem, Report
from ._progress import Progress

__all__ = ["Device", "Importer", "OldUser", "Problem", "Progress", "Report"]
