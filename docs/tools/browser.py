"""A real browser without a window: open a page, ask it things, take its picture.

Chromium is spoken to by its own DevTools protocol
(https://chromedevtools.github.io/devtools-protocol/) through the websocket client of Tornado, which
arrives with Dask: nothing else has to be installed.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PORT_FILE = "DevToolsActivePort"
_START_S = 20.0
_STOP_S = 5.0
_LOOK_S = 0.05
_MOST_BYTES = 1 << 26


class BrowserError(RuntimeError):
    """The browser does not start, or a page does not become what was waited for."""


def find_browser() -> str | None:
    """Return the path of a Chromium, that of the variable BUMPCAST_BROWSER first; None without."""
    named = os.environ.get("BUMPCAST_BROWSER")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, _NAMES)), None)


class Browser:
    """One tab of a headless Chromium; used as a context manager, at whose end nothing is left.

    Args:
        program: Path of Chromium.
        width: Width of the page in pixels.
        height: Its height.
        scale: Pixels of the picture for each of the page.

    Raises:
        BrowserError: It does not start.
    """

    def __init__(
        self, program: str, *, width: int = 1600, height: int = 1000, scale: float = 1.0
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True)
        self._loop = asyncio.new_event_loop()
        self._socket: WebSocketClientConnection | None = None
        self._number = 0
        self._program = program
        self._metrics = {
            "width": width, "height": height, "deviceScaleFactor": scale, "mobile": False,
        }  # fmt: skip
        arguments = [
            "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={self._folder.name}",
            "--hide-scrollbars", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-sync", "--disable-extensions",
        ]  # fmt: skip
        if os.geteuid() == 0:
            # Chromium refuses to run as root otherwise; only use it on pages of one's own then.
            arguments.append("--no-sandbox")
        self._process = subprocess.Popen(
            [program, *arguments, "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        try:
            self._loop.run_until_complete(self._connect(self._page_address()))
            # The window has a bar and borders, drawn or not: the page itself gets the size.
            self._ask("Emulation.setDeviceMetricsOverride", **self._metrics)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the browser and all of its processes."""
        if self._socket is not None:
            with contextlib.suppress(BrowserError, TimeoutError, WebSocketClosedError):
                self._ask("Browser.close")
            self._socket.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._loop.close()
        self._folder.cleanup()

    def open(self, address: str) -> None:
        """Go to a page; returns before it is there."""
        self._ask("Page.navigate", url=address)

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression in the page, of a promise what it brings.

        Raises:
            BrowserError: It raises something.
        """
        answer = self._ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise BrowserError(answer["exceptionDetails"]["exception"]["description"])
        return answer["result"].get("value")

    def wait_for(self, expression: str, seconds: float) -> Any:
        """Return the value of a JavaScript expression as soon as it counts as true.

        Raises:
            BrowserError: It does not within so many seconds.
        """
        end, last = time.monotonic() + seconds, ""
        while time.monotonic() < end:
            try:
                value = self.evaluate(expression)
            except BrowserError as error:
                # While a page is loading, what is asked for is not defined.
                last = str(error)
            else:
                if value:
                    return value
                last = repr(value)
            time.sleep(_LOOK_S)
        msg = f"not within {seconds:g} s: {expression} ({last})"
        raise BrowserError(msg)

    def picture(self, path: Path) -> None:
        """Write what the page looks like as a PNG."""
        data = self._ask("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(data))

    def _page_address(self) -> str:
        end = time.monotonic() + _START_S
        port_file = Path(self._folder.name) / _PORT_FILE
        while time.monotonic() < end:
            if self._process.poll() is not None:
                msg = f"{self._program} ended with {self._process.returncode}"
                raise BrowserError(msg)
            with contextlib.suppress(OSError, ValueError, StopIteration):
                port = int(port_file.read_text().splitlines()[0])
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=5) as answer:
                    targets = json.load(answer)
                found = next(target for target in targets if target["type"] == "page")
                return str(found["webSocketDebuggerUrl"])
            time.sleep(0.1)
        msg = f"{self._program} opens no port for its DevTools within {_START_S:g} s"
        raise BrowserError(msg)

    async def _connect(self, address: str) -> None:
        self._socket = await websocket_connect(address, max_message_size=_MOST_BYTES)

    def _heard(self, event: dict[str, Any]) -> None:
        """Take note of what the browser says without being asked."""

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._loop.run_until_complete(self._converse(method, parameters))

    async def _converse(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        assert self._socket is not None
        self._number += 1
        await self._socket.write_message(
            json.dumps({"id": self._number, "method": method, "params": parameters})
        )
        while True:
            message = await asyncio.wait_for(self._socket.read_message(), 30)
            if message is None:
                msg = f"the browser ended during {method}"
                raise BrowserError(msg)
            answer = json.loads(message)
            if answer.get("id") != self._number:
                self._heard(answer)
                continue
            if "error" in answer:
                msg = f"{method}: {answer['error']['message']}"
                raise BrowserError(msg)
            result: dict[str, Any] = answer["result"]
            return result
