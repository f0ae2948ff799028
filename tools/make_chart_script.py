"""Make the script of the interactive charts: `python -m tools.make_chart_script`.

The script is one JavaScript module with Vega, Vega-Lite and Vega-Embed, from the package vl-convert-python. The same
version of the package gives the same bytes.
"""

from __future__ import annotations

import gzip

import vl_convert

from takeup.report.charts.base import CHART_SCRIPT_FILE

_EXPORTS = "globalThis.vegaEmbed = vegaEmbed; export { vegaEmbed };"
"""An inline script has no exports; there the function is a global variable."""


def bundle() -> str:
    """Return the script, as the installed version of vl-convert-python makes it."""
    return str(vl_convert.javascript_bundle(_EXPORTS))


def main() -> None:
    """Write the script."""
    CHART_SCRIPT_FILE.write_bytes(gzip.compress(bundle().encode("utf-8"), mtime=0))


if __name__ == "__main__":
    main()
