"""The front door: `python run.py [CONFIG]` is `bumpcast run [CONFIG]`."""

from __future__ import annotations

import sys

from bumpcast.cli.main import main

# Worker processes may import this file, and must not start the run again.
if __name__ == "__main__":
    sys.exit(main(["run", *sys.argv[1:]]))
