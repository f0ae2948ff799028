"""A headless Chromium that can reach only this machine, and operations on a page in it."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from selenium.webdriver import ActionChains, Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--window-size=1280,1600",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
TIMEOUT_SECONDS = 120.0
QUIET_MILLISECONDS = 250
"""Time without a change after which a page is complete."""
WATCHER = """
    window.lastChange = performance.now();
    new MutationObserver(() => { window.lastChange = performance.now(); })
      .observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
"""
"""Script that notes when the page changes."""
OWN_SCHEMES = {"chrome", "chrome-untrusted", "data", "blob", "about", "chrome-extension", "devtools"}
"""Schemes of addresses for which no request leaves the browser."""


def skip_without_chromium() -> None:
    """Skip the test and name the missing program; fail if TAKEUP_BROWSER=required."""
    programs = {"chromium": CHROMIUM, "chromedriver": DRIVER}
    missing = next((name for name, path in programs.items() if path is None), None)
    if missing is None:
        return
    if os.environ.get("TAKEUP_BROWSER") == "required":
        pytest.fail(f"no {missing} on this machine, and TAKEUP_BROWSER=required")
    pytest.skip(f"no {missing} on this machine")


class Page:
    """A page in the browser.

    Args:
        driver: the browser.
        address: address of the server, with a slash at its end.
        downloads: the folder to which files are downloaded.
    """

    def __init__(self, driver: Chrome, address: str, downloads: Path) -> None:
        self.driver, self.address, self.downloads = driver, address, downloads

    def open(self, path: str, until: str) -> None:
        """Open a page and wait until an element matches a selector."""
        self.driver.get(self.address + path)
        self.until(lambda: bool(self.all(until)), f"{until} on {path or 'the first page'}")

    def settle(self) -> None:
        """Wait until the page no longer changes: an event for an element that is just replaced would be lost."""
        quiet = f"return performance.now() - window.lastChange > {QUIET_MILLISECONDS}"
        self.until(lambda: bool(self.driver.execute_script(quiet)), "a page that no longer changes")

    def all(self, selector: str) -> list[str]:
        """Return the texts of all elements that match."""
        return [
            str(text)
            for text in self.driver.execute_script(
                "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent.trim())", selector
            )
        ]

    def one(self, selector: str) -> str:
        """Return the text of the first element that matches."""
        texts = self.all(selector)
        assert texts, f"{selector} is not on the page"
        return texts[0]

    def attribute(self, selector: str, name: str) -> str:
        """Return an attribute of the first element that matches."""
        return str(
            self.driver.execute_script(
                "return document.querySelector(arguments[0]).getAttribute(arguments[1])", selector, name
            )
        )

    def file(self) -> str:
        """Return the content of the first download link; empty while there is none."""
        address = self.driver.execute_script(
            "return document.querySelector('a.download')?.getAttribute('href') || ''"
        )
        return unquote(str(address)).partition(",")[2]

    def click(self, selector: str) -> None:
        """Click on the first element that matches."""
        self.settle()
        self.driver.execute_script(
            "document.querySelector(arguments[0])"
            ".dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}))",
            selector,
        )

    def resize(self, width: int, height: int) -> None:
        """Set the size of the page's window in pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def prefer(self, **features: str) -> None:
        """Set what the visitor prefers: media features such as prefers_color_scheme, with their values."""
        chosen = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": chosen})

    def run(self, script: str, *arguments: object) -> Any:
        """Run a script in the page and return its result."""
        return self.driver.execute_script(script, *arguments)

    def pointer(self, selector: str, share: float, *, click: bool = False) -> None:
        """Move the pointer over the middle of an element, at a share of its width, and click there if wanted."""
        element = self.driver.find_element(By.CSS_SELECTOR, selector)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        right = round((share - 0.5) * element.rect["width"])
        actions = ActionChains(self.driver).move_to_element_with_offset(element, right, 0)
        (actions.click() if click else actions).perform()

    def press(self, selector: str) -> None:
        """Click on the first element that matches with the pointer, which charts need."""
        element = self.driver.find_element(By.CSS_SELECTOR, selector)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        ActionChains(self.driver).move_to_element(element).click().perform()

    def drag(self, slider: str, value: float) -> None:
        """Move a slider when the page no longer changes."""
        self.settle()
        self.move(slider, value)

    def move(self, slider: str, value: float) -> None:
        """Move a slider and fire the event of a manual movement."""
        self.driver.execute_script(
            "const e = document.querySelector(`input[type=range][name='${arguments[0]}']`);"
            "e.value = arguments[1]; e.dispatchEvent(new Event('input', {bubbles: true}))",
            slider,
            str(value),
        )

    def write(self, field: str, words: str) -> None:
        """Write into a text field and leave it."""
        self.settle()
        self.driver.execute_script(
            "const e = document.querySelector(`input[name='${arguments[0]}']`);"
            "e.value = arguments[1]; e.dispatchEvent(new Event('change', {bubbles: true}))",
            field,
            words,
        )

    def seconds_until_effect(self, slider: str, value: float) -> float:
        """Move a slider and return the seconds, by the browser's clock, until the median and its chart change."""
        self.driver.set_script_timeout(TIMEOUT_SECONDS)
        milliseconds = self.driver.execute_async_script(
            "const [slider, value, done] = arguments;"
            "const current = () => [document.querySelector('[data-number=difference]')?.textContent,"
            "  document.querySelector('.results .chart')?.dataset.drawn];"
            "const before = current(), start = performance.now();"
            "const e = document.querySelector(`input[type=range][name='${slider}']`);"
            "e.value = value; e.dispatchEvent(new Event('input', {bubbles: true}));"
            "const check = () => { const now = current(); now.every((each, i) => each && each !== before[i])"
            "  ? done(performance.now() - start) : requestAnimationFrame(check); }; check();",
            slider,
            str(value),
        )
        return float(milliseconds) / 1000

    def choose(self, name: str, key: str) -> None:
        """Select an option of a drop-down list."""
        self.settle()
        self.driver.execute_script(
            "const e = document.querySelector(`select[name='${arguments[0]}']`);"
            "e.value = arguments[1]; e.dispatchEvent(new Event('change', {bubbles: true}))",
            name,
            key,
        )

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until a condition is true."""
        end = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.05)
        pytest.fail(f"no {what} in time; text of the page:\n{self.one('body')[:2000]}")

    def requested_hosts(self) -> set[str]:
        """Return the hosts to which the browser sent requests since the last call."""
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

    def severe_messages(self) -> list[str]:
        """Return the severe messages of the browser's console."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]


@contextmanager
def browsing(address: str, folder: Path, languages: str = "en-US") -> Iterator[Page]:
    """Run a browser with an empty profile and yield its page.

    Args:
        address: address of the server.
        folder: folder for the profile and the downloads.
        languages: languages that the browser accepts, in order of preference.
    """
    downloads = folder / "downloads"
    downloads.mkdir(parents=True)
    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}", f"--accept-lang={languages}"):
        options.add_argument(flag)
    several = {"profile.default_content_setting_values.automatic_downloads": 1}  # without asking
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads), **several})
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = Chrome(options=options, service=ChromeService(str(DRIVER)))
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCHER})
    try:
        yield Page(driver, address, downloads)
    finally:
        driver.quit()
