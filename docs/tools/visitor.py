"""Someone who uses a page: presses keys, points, clicks, and hears what the page complains of."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Final

from docs.tools.browser import Browser, BrowserError

_KEY_CODES: Final = {
    "ArrowDown": 40, "ArrowUp": 38, "ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35,
    "PageDown": 34, "PageUp": 33, "Escape": 27, "Enter": 13, "Tab": 9,
}  # fmt: skip


class Visitor(Browser):
    """A browser whose page is used; what it is constructed with is as for `Browser`.

    Attributes:
        complaints: Errors and warnings of the page since it was opened.
        requests: Addresses of all that it loaded since then.
    """

    complaints: list[str]
    requests: list[str]

    def open(self, address: str) -> None:
        """Go to a page, with nothing to remember of the one before."""
        self.complaints, self.requests = [], []
        for domain in ("Runtime", "Log", "Network", "Page"):
            self._ask(f"{domain}.enable")
        self._ask("Performance.enable", timeDomain="threadTicks")
        super().open(address)

    def prefer(self, scheme: str) -> None:
        """Ask for a colour scheme, 'light' or 'dark', as a reader's system does."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._ask("Emulation.setEmulatedMedia", features=features)

    def resize(self, width: int, height: int, scale: float = 1.0) -> None:
        """Give the page another size, in its own pixels."""
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=False,
        )

    def press(self, key: str) -> None:
        """Press a key: one that has a name, or a letter."""
        parameters: dict[str, Any] = {"key": key}
        if key in _KEY_CODES:
            parameters["windowsVirtualKeyCode"] = _KEY_CODES[key]
        else:
            parameters["text"] = key
        self._ask("Input.dispatchKeyEvent", type="keyDown", **parameters)
        self._ask("Input.dispatchKeyEvent", type="keyUp", key=key)

    def write(self, text: str) -> None:
        """Type a text into whatever has the focus."""
        for letter in text:
            self.press(letter)

    def click(self, selector: str) -> None:
        """Click into the middle of an element.

        Raises:
            BrowserError: There is none that can be seen.
        """
        x, y = self._middle(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self._ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def point(self, x: float, y: float) -> None:
        """Move the pointer to a place of the page, in its pixels."""
        self._ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def busy_s(self) -> dict[str, float]:
        """Return how long the page's thread has worked, and at what, in seconds of its own time.

        Unlike the time on the clock, it does not count what other programs did meanwhile.
        """
        metrics = self._ask("Performance.getMetrics")["metrics"]
        return {each["name"]: float(each["value"]) for each in metrics}

    def paper(self, path: Path) -> None:
        """Write what a printer would get as a PDF."""
        data = self._ask("Page.printToPDF", printBackground=True)["data"]
        path.write_bytes(base64.b64decode(data))

    def _middle(self, selector: str) -> tuple[float, float]:
        place = self.evaluate(
            f"""(() => {{
                const found = document.querySelector({json.dumps(selector)});
                if (!found) return null;
                found.scrollIntoView({{block: 'nearest'}});
                const box = found.getBoundingClientRect();
                return box.width ? [box.x + box.width / 2, box.y + box.height / 2] : null;
            }})()"""
        )
        if place is None:
            msg = f"nothing to be seen is called {selector!r}"
            raise BrowserError(msg)
        return float(place[0]), float(place[1])

    def _heard(self, event: dict[str, Any]) -> None:
        method, found = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(found["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            details = found["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description", str(details)))
        elif method == "Runtime.consoleAPICalled" and found["type"] in {"error", "warning"}:
            self.complaints.append(str([each.get("value") for each in found["args"]]))
        elif method == "Log.entryAdded" and found["entry"]["level"] in {"error", "warning"}:
            self.complaints.append(found["entry"]["text"])
