from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bumpcast.cli.convert import convert
from bumpcast.cli.main import main

GOOD = "1;ttbar;0.5;50000;1.5;j,100000,60000,1,0.1;\n"


def test_convert_says_what_it_wrote(tmp_path: Path) -> None:
    source = tmp_path / "events.csv"
    source.write_text(GOOD * 3)
    output = tmp_path / "events.root"
    result = CliRunner().invoke(convert, [str(source), "--output", str(output)])
    assert result.exit_code == 0
    assert f"{output}: 3 events from 3 lines of 1 file in" in result.output
    assert "processes: ttbar" in result.output
    assert output.exists()


def test_skipped_lines_are_listed_and_no_failure(tmp_path: Path) -> None:
    source = tmp_path / "events.csv"
    source.write_text(GOOD + "bad\n" * 22)
    arguments = [str(source), "-o", str(tmp_path / "events.root"), "--on-bad-line", "skip"]
    result = CliRunner().invoke(convert, arguments)
    assert result.exit_code == 0
    assert f"{source}: 22 bad lines left out" in result.output
    assert "line 2: 1 fields, where an event has at least 5: 'bad'" in result.output
    assert "... and 2 more" in result.output


def test_a_bad_line_is_an_error_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "events.csv"
    source.write_text(f"{GOOD}bad\n")
    monkeypatch.setattr(
        "sys.argv", ["bumpcast", "convert", str(source), "-o", str(tmp_path / "events.root")]
    )
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code not in (0, None)
    message = capsys.readouterr().err
    assert f"{source}, line 2" in message
    assert "Traceback" not in message
