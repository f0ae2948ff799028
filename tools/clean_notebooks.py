"""Remove outputs and machine-specific metadata from the notebooks.

`python tools/clean_notebooks.py` rewrites the notebooks; with `--check` it only reports those that are not clean.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def cleaned(written: str) -> str:
    """Return a notebook's text without outputs, execution counts, and metadata of cells and kernel."""
    notebook: dict[str, Any] = json.loads(written)
    notebook["metadata"] = METADATA
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        cell.pop("attachments", None)
        if cell["cell_type"] == "code":
            cell["execution_count"], cell["outputs"] = None, []
        text = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        cell["source"] = text.splitlines(keepends=True)
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main(*, check: bool) -> int:
    """Clean every notebook; with `check`, write nothing and return 1 if a notebook is not clean."""
    soiled = 0
    for file in sorted(FOLDER.glob("*.ipynb")):
        then = file.read_text(encoding="utf-8")
        now = cleaned(then)
        if then == now:
            continue
        soiled += 1
        print(f"{file.name} {'is not clean' if check else 'was cleaned'}")
        if not check:
            file.write_text(now, encoding="utf-8")
    return 1 if check and soiled else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
