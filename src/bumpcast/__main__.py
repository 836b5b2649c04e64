"""`python -m bumpcast` is `bumpcast`: for jobs, whose Python is known and whose PATH is not."""

from __future__ import annotations

import sys

from bumpcast.cli.main import main

# Worker processes may import this file, and must not start anything.
if __name__ == "__main__":
    sys.argv[0] = "bumpcast"
    main(prog_name="bumpcast")
