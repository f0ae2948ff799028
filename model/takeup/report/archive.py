"""Office files: ZIP archives whose bytes depend only on their content."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

WRITTEN: Final = datetime(2000, 1, 1)
"""Date in the properties of office files; the time of a command is not part of its results."""
_MEMBER_DATE: Final = (1980, 1, 1, 0, 0, 0)
_PROPERTIES: Final = "docProps/core.xml"
_DATE: Final = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:\2>)")


def fix_dates(content: bytes) -> bytes:
    """Replace the dates in an office file, so that the same content gives the same bytes.

    Args:
        content: an .xlsx or .docx file.
    """
    buffer = io.BytesIO()
    written = WRITTEN.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with ZipFile(io.BytesIO(content)) as source, ZipFile(buffer, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            member = source.read(name)
            if name == _PROPERTIES:
                member = _DATE.sub(rb"\g<1>" + written + rb"\g<3>", member)
            about = ZipInfo(name, _MEMBER_DATE)
            about.compress_type = ZIP_DEFLATED
            about.external_attr = 0o600 << 16
            target.writestr(about, member)
    return buffer.getvalue()
