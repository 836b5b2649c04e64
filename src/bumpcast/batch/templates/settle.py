"""Make a virtual environment of the folder that this file was unpacked to.

Run by the Python that the environment is to use; it imports nothing but what every Python has.
"""

import json
import platform
import sys
import sysconfig
from pathlib import Path


def main() -> None:
    """Check that the packages fit this Python, and link it to them."""
    here = Path(__file__).resolve().parent
    facts = json.loads((here / "environment.json").read_text())
    found = {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "soabi": sysconfig.get_config_var("SOABI"),
        "machine": platform.machine(),
    }
    wrong = [
        f"{name} is {value}, not {facts[name]}"
        for name, value in found.items()
        if value != facts[name]
    ]
    if wrong:
        reasons = "; ".join(wrong)
        sys.exit(f"bumpcast: {sys.executable} does not fit the packed environment: {reasons}")
    # Of a virtual environment's Python, the one that it was made from.
    python = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    settings = f"home = {python.parent}\ninclude-system-site-packages = false\n"
    (here / "pyvenv.cfg").write_text(settings)
    for name in ("python", "python3", f"python{facts['python']}"):
        (here / "bin" / name).symlink_to(python)


main()
