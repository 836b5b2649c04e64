"""The panel on a terminal: what a terminal emulator shows of it."""

from __future__ import annotations

import contextlib
import fcntl
import io
import logging
import os
import pty
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pyte
import pytest
from rich.console import Console

from bumpcast.execution.counts import Counts
from bumpcast.execution.panel import Panel

PROCESSORS = Path(__file__).parent / "processors"


class Terminal(io.StringIO):
    """What Rich writes to goes to an emulated screen."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.screen = pyte.Screen(width, 20)
        self._stream = pyte.Stream(self.screen)

    def write(self, text: str) -> int:
        # The terminal's own line discipline adds the carriage return.
        self._stream.feed(text.replace("\n", "\r\n"))
        return len(text)

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display if line.strip()]


def panel_of(width: int) -> tuple[Terminal, Panel]:
    terminal = Terminal(width)
    console = Console(file=terminal, force_terminal=True, width=width, soft_wrap=True)
    return terminal, Panel(console)


HUGE = {
    "total": 9_999_999_999, "entries": 5_999_999_999, "bytes": 10**14, "chunks": 999_999,
    "done": 599_999, "failed": 999, "repeated": 99_999, "merging": 999, "wanted": 1_000,
    "alive": 1_000,
}  # fmt: skip


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("numbers", [{"total": 10, "chunks": 2, "wanted": 1, "alive": 1}, HUGE])
def test_three_lines_that_fit(width: int, numbers: dict[str, int]):
    terminal, panel = panel_of(width)
    with panel:
        panel.stage(f"reading {numbers['total']:,} events")
        start = {key: 0 if key in ("entries", "bytes", "done") else numbers[key] for key in numbers}
        panel.show(Counts(**start))
        time.sleep(0.3)
        panel.show(Counts(**numbers))
        time.sleep(0.3)
        assert len(terminal.lines) == 3, terminal.lines
    assert len(terminal.lines) == 3, terminal.lines
    assert terminal.lines[0].startswith("reading ")
    if width >= 80:
        assert not any(line.endswith("…") for line in terminal.lines)
        assert "failed" in terminal.lines[2]
        assert "to merge" in terminal.lines[2]


def test_lines_of_others_appear_above_it():
    terminal, panel = panel_of(80)
    with panel:
        panel.stage("reading 10 events")
        panel.note("Dask dashboard: http://127.0.0.1:8787/status " + "and more " * 8)
        panel.show(Counts(total=10, chunks=1, alive=1, wanted=1))
        # What the log and libraries write to standard error.
        print("WARNING something", file=sys.stderr)
        logging.getLogger("elsewhere").warning("of the last resort")
        time.sleep(0.3)
    lines = terminal.lines
    assert lines[0].startswith("Dask dashboard")
    assert lines[-3].startswith("reading 10 events")
    assert sum(line.startswith("reading") for line in lines) == 1
    assert "WARNING something" in lines[:-3]


def test_waiting_is_told_instead_of_a_speed():
    class Nobody:
        alive = lost = redone = 0

    terminal, panel = panel_of(80)
    with panel:
        panel.stage("looking at 3 files")
        counts = Counts(wanted=50)
        counts.look_at(Nobody())
        panel.show(counts)
        time.sleep(0.4)
        assert terminal.lines[0].startswith("looking at 3 files")
        assert terminal.lines[1].strip() == "waiting for workers: 0 of 50 alive, 0 s"
        assert terminal.lines[2].strip() == "workers 0 of 50"


def test_the_command_on_a_real_terminal(quickstart: Path, tmp_path: Path):
    width = 80
    configuration = tmp_path / "run.toml"
    configuration.write_text(
        f"""
        name = "toy"
        processor = "{PROCESSORS}/troubled.py:Troubled"
        options = {{ sleep_s = 0.1, raises_at = [300] }}
        [formats.atlas]
        kind = "delphes"
        b_tag_bit = 0
        weight = "Event.Weight"
        [datasets.ttbar]
        files = ["{quickstart}/ttbar.root"]
        format = "atlas"
        kind = "background"
        [normalisation]
        mode = "raw"
        [run]
        executor = "iterative"
        chunk_events = 300
        retries = 1
        retry_wait_s = 0.0
        """
    )
    mine, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    command = [sys.executable, "-m", "bumpcast.cli.main", "run", str(configuration)]
    command += ["--output", str(tmp_path / "out")]
    environment = {**os.environ, "TERM": "xterm-256color"}
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    screen = pyte.Screen(width, 40)
    stream = pyte.ByteStream(screen)
    with contextlib.suppress(OSError):  # the end of a terminal is an error on Linux
        while data := os.read(mine, 65536):
            stream.feed(data)
    os.close(mine)
    assert process.wait(60) == 3
    lines = [line.rstrip() for line in screen.display if line.strip()]
    (place,) = [number for number, line in enumerate(lines) if line.startswith("reading ")]
    # Above it, the failure's line of the log; below it, what is printed at the end.
    assert any("WARNING" in line for line in lines[:place])
    assert lines[place].startswith("reading 1,800 events \u2501")
    assert "83%" in lines[place]
    assert lines[place + 1].startswith("  1,500 events, ")
    assert lines[place + 2] == "  workers 1 of 1; chunks 5 of 6, 1 failed, 1 retried; 0 to merge"
    assert lines[place + 3].startswith("toy: 1,500 of 1,800 events read")
