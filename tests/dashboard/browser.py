"""A headless Chromium that reaches nobody but this machine, and what is asked of a page in it."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--window-size=1280,1600",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip
PATIENCE_SECONDS = 40.0
OWN_SCHEMES = {"chrome", "data", "blob", "about", "chrome-extension", "devtools"}
"""Of addresses that no request leaves the browser for."""


def skip_without_chromium() -> None:
    """Skip the test, by name; fail where TAKEUP_BROWSER=required."""
    missing = next(
        (name for name, found in (("chromium", CHROMIUM), ("chromedriver", DRIVER)) if found is None), None
    )
    if missing is None:
        return
    if os.environ.get("TAKEUP_BROWSER") == "required":
        pytest.fail(f"no {missing} on this machine, and TAKEUP_BROWSER=required")
    pytest.skip(f"no {missing} on this machine")


class Page:
    """A page in the browser.

    Args:
        driver: selenium's.
        address: of the server, with a slash at its end.
        downloads: the folder that files are saved to.
    """

    def __init__(self, driver: Chrome, address: str, downloads: Path) -> None:
        self.driver, self.address, self.downloads = driver, address, downloads

    def open(self, path: str, until: str) -> None:
        """Go to a page and wait for something on it."""
        self.driver.get(self.address + path)
        self.until(lambda: bool(self.all(until)), f"{until} on {path or 'the first page'}")

    def all(self, selector: str) -> list[str]:
        """The texts of all elements that match."""
        return [
            str(text)
            for text in self.driver.execute_script(
                "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent.trim())", selector
            )
        ]

    def one(self, selector: str) -> str:
        """The text of the first element that matches."""
        found = self.all(selector)
        assert found, f"{selector} is not on the page"
        return found[0]

    def attribute(self, selector: str, name: str) -> str:
        """An attribute of the first element that matches."""
        return str(
            self.driver.execute_script(
                "return document.querySelector(arguments[0]).getAttribute(arguments[1])", selector, name
            )
        )

    def file(self) -> str:
        """What would be downloaded."""
        return unquote(self.attribute("a.download", "href")).partition(",")[2]

    def click(self, selector: str) -> None:
        """Click on the first element that matches."""
        self.driver.execute_script(
            "document.querySelector(arguments[0])"
            ".dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}))",
            selector,
        )

    def drag(self, slider: str, value: float) -> None:
        """Move a slider, as a hand would: the browser then says that it moves."""
        self.driver.execute_script(
            "const e = document.querySelector(`input[type=range][name='${arguments[0]}']`);"
            "e.value = arguments[1]; e.dispatchEvent(new Event('input', {bubbles: true}))",
            slider,
            str(value),
        )

    def write(self, field: str, words: str) -> None:
        """Write into a field of text, and leave it."""
        self.driver.execute_script(
            "const e = document.querySelector(`input[name='${arguments[0]}']`);"
            "e.value = arguments[1]; e.dispatchEvent(new Event('change', {bubbles: true}))",
            field,
            words,
        )

    def answered(self, slider: str, value: float) -> float:
        """Move a slider; the seconds, by the browser's clock, until the difference and the curve are others."""
        self.driver.set_script_timeout(PATIENCE_SECONDS)
        milliseconds = self.driver.execute_async_script(
            "const [slider, value, done] = arguments;"
            "const seen = () => [document.querySelector('[data-figure=difference]')?.textContent,"
            "  document.querySelector(\"svg path[stroke-dasharray='7 3']\")?.getAttribute('d')];"
            "const before = seen(), start = performance.now();"
            "const e = document.querySelector(`input[type=range][name='${slider}']`);"
            "e.value = value; e.dispatchEvent(new Event('input', {bubbles: true}));"
            "const look = () => { const now = seen(); now.every((each, i) => each && each !== before[i])"
            "  ? done(performance.now() - start) : requestAnimationFrame(look); }; look();",
            slider,
            str(value),
        )
        return float(milliseconds) / 1000

    def choose(self, name: str, key: str) -> None:
        """Choose one of several."""
        self.driver.execute_script(
            "const e = document.querySelector(`select[name='${arguments[0]}']`);"
            "e.value = arguments[1]; e.dispatchEvent(new Event('change', {bubbles: true}))",
            name,
            key,
        )

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until something holds."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            if holds():
                return
            time.sleep(0.05)
        pytest.fail(f"waited in vain for {what}; the page says:\n{self.one('body')[:2000]}")

    def asked(self) -> set[str]:
        """The hosts that the browser asked for something since the last time."""
        hosts = set()
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            url = ""
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
            elif message["method"] == "Network.webSocketCreated":
                url = message["params"]["url"]
            parts = urlsplit(url)
            if parts.scheme and parts.scheme not in OWN_SCHEMES:
                hosts.add(str(parts.hostname))
        return hosts

    def complaints(self) -> list[str]:
        """What the browser calls severe in its console."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]


@contextmanager
def browsing(address: str, folder: Path) -> Iterator[Page]:
    """A browser with nothing remembered.

    Args:
        address: of the server.
        folder: for its profile and its downloads.
    """
    downloads = folder / "downloads"
    downloads.mkdir(parents=True)
    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = Chrome(options=options, service=ChromeService(str(DRIVER)))
    try:
        yield Page(driver, address, downloads)
    finally:
        driver.quit()
