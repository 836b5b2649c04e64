from __future__ import annotations

import io

from rich.console import Console

from bumpcast.execution.progress import Bar, Counts, Lines, describe


def test_a_line_says_how_far_and_how_fast():
    counts = Counts(total=1000, resumed=200, entries=300, bytes=3_000_000, failed=2)
    line = describe(counts, 10.0)
    assert line == "500 of 1,000 events (50%), 30 events/s, 0.3 MB/s, 2 failed, 17 s to go"
    assert describe(Counts(), 1.0).startswith("0 of 0 events (100%)")


def test_lines_are_few():
    written: list[str] = []
    with Lines(written.append, every_s=3600) as lines:
        lines.stage("reading 10 events")
        for done in range(10):
            lines.show(Counts(total=10, entries=done + 1))
    assert len(written) == 2
    assert written[1].startswith("10 of 10 events (100%)")


def test_a_bar_ends_full():
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=120)
    with Bar(console) as bar:
        bar.stage("reading")
        bar.show(Counts(total=10, entries=10, bytes=10**6))
    assert "reading" in stream.getvalue()
    assert "100%" in stream.getvalue()
