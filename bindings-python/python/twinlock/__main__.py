"""`python -m twinlock` is the command `twinlock`."""

import sys

from .cli import main

sys.exit(main())
