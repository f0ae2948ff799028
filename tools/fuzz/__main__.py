"""Entry point of `make fuzz`, see `tools.fuzz.campaign`."""

from __future__ import annotations

import sys

from tools.fuzz.campaign import main

if __name__ == "__main__":
    sys.exit(main())
