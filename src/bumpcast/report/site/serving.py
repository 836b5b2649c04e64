"""A report over HTTP, for this machine alone."""

from __future__ import annotations

import http.server
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from bumpcast.errors import BumpcastError

LOOPBACK: Final = "127.0.0.1"
"""Nobody else's programs reach it, and no other name of this machine is served."""


class ServingError(BumpcastError):
    """There is no such port to be had."""


class ReportServer(http.server.ThreadingHTTPServer):
    """Serves the files of one folder, and nothing else.

    Args:
        folder: The report.
        port: 0: any that is free.

    Raises:
        ServingError: The port is not to be had.
    """

    daemon_threads = True

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder.resolve()
        try:
            super().__init__((LOOPBACK, port), _Handler)
        except (OSError, OverflowError) as error:
            msg = f"port {port} of {LOOPBACK} is not to be had ({error}): leave --port out"
            raise ServingError(msg) from error

    @property
    def address(self) -> str:
        """The address of the report."""
        return f"http://{LOOPBACK}:{self.server_port}/"


class _Handler(http.server.SimpleHTTPRequestHandler):
    server: ReportServer

    def __init__(self, request: Any, client: Any, server: ReportServer) -> None:
        super().__init__(request, client, server, directory=str(server.folder))

    def send_head(self) -> Any:
        # A page of somewhere else may have its own name lead here, and would then read along.
        own = {f"{name}:{self.server.server_port}" for name in (LOOPBACK, "localhost")}
        if self.headers.get("Host") not in own:
            self.send_error(HTTPStatus.FORBIDDEN, "Ask for it by the address that was printed")
            return None
        asked = Path(self.translate_path(self.path)).resolve()
        if not asked.is_relative_to(self.server.folder):
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        return super().send_head()

    def list_directory(self, path: Any) -> None:
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        # The next report has files of the same names.
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing: each look at a histogram would be a line."""
