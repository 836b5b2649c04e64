"""Files behind an address, read from a server that answers requests for ranges of bytes."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import awkward as ak
import pytest

from bumpcast.config.formats import DelphesFormat
from bumpcast.datasets import WorkItem
from bumpcast.datasets.survey import survey_file
from bumpcast.events import close_files, open_events, reader_for
from bumpcast.events.errors import MissingFileError

DELPHES = DelphesFormat(b_tag_bit=0, weight="Event.Weight", large_jets="FatJet")
READER = reader_for(DELPHES)


@pytest.fixture
def address(quickstart: Path) -> Iterator[str]:
    """Return the address of a server of the quick start's files."""

    class Ranges(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *arguments: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self.answer(send_body=False)

        def do_GET(self) -> None:
            self.answer(send_body=True)

        def answer(self, *, send_body: bool) -> None:
            path = quickstart / Path(self.path).name
            if not path.exists():
                self.send_error(404)
                return
            data = path.read_bytes()
            asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
            self.send_response(206 if asked else 200)
            if asked:
                first, last = int(asked[1]), min(int(asked[2]), len(data) - 1)
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
                data = data[first : last + 1]
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if send_body:
                self.wfile.write(data)

    with ThreadingHTTPServer(("127.0.0.1", 0), Ranges) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        close_files()
        server.shutdown()
        thread.join()


def record(filename: str) -> ak.Array:
    item = WorkItem("sample", filename, "Delphes", 100, 900, "")
    return READER.record(open_events(item, DELPHES, columns=READER.columns))


def test_the_same_events_as_from_the_local_file(address: str, quickstart: Path) -> None:
    remote = f"{address}/ttbar.root"
    local = str(quickstart / "ttbar.root")
    assert survey_file(remote, DELPHES).entries == survey_file(local, DELPHES).entries
    assert ak.array_equal(record(remote), record(local))


def test_a_missing_file_is_named(address: str) -> None:
    with pytest.raises(MissingFileError, match=re.escape(f"{address}/none.root: no such file")):
        record(f"{address}/none.root")
