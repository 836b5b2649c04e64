"""The pool by hand: ``python -m condor.testpool start|env|stop|install``."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from pathlib import Path

from condor.testpool.errors import PoolError
from condor.testpool.packages import default_prefix, install
from condor.testpool.pool import Pool


def main() -> int:
    """Do what the command line asks for, and return the exit code.

    It is 0, 1 where something failed, and 69 where no pool can be had on this machine.
    """
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    prefix: Path = arguments.prefix.absolute()
    folder: Path = arguments.folder or prefix / "pool"
    pool = Pool(prefix, folder, cpus=arguments.cpus, memory=arguments.memory)
    begun = time.monotonic()
    try:
        if arguments.verb == "env":
            print(f"export CONDOR_CONFIG='{pool.config}' PATH='{pool.commands}':\"$PATH\"")
            return 0
        if arguments.verb == "stop":
            pool.stop()
        else:
            install(prefix)
        if arguments.verb == "start":
            pool.start()
    except PoolError as error:
        print(f"testpool: {arguments.verb}: {error}", file=sys.stderr)
        return error.exit_code
    print(f"testpool: {arguments.verb}: {time.monotonic() - begun:.1f} s", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m condor.testpool", description="A real HTCondor pool of one machine."
    )
    parser.add_argument(
        "verb",
        choices=("start", "env", "stop", "install"),
        help="start a pool (and install it first), print the shell line that puts its commands on "
        "PATH, stop it, or only fetch the programs",
    )
    parser.add_argument(
        "--prefix", type=Path, default=default_prefix(), help="the programs (default: %(default)s)"
    )
    parser.add_argument("--folder", type=Path, help="the pool's own (default: pool in the prefix)")
    parser.add_argument("--cpus", type=int, default=2, help="cores it gives (default: %(default)s)")
    parser.add_argument(
        "--memory", type=int, default=4096, help="MiB it gives (default: %(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
