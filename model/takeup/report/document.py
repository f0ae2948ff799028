"""Word documents: sentences, a figure and a table, to paste into an office's report."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

from docx import Document
from docx.document import Document as DocumentParts
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Length, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph
from rich.cells import cell_len

from takeup.report.archive import WRITTEN, fix_dates
from takeup.report.i18n import Language
from takeup.report.office import DocumentFigure, DocumentTable

_LATIN: Final = "Times New Roman"
_TEXT_FONT, _HEADING_FONT = "FangSong", "SimHei"
"""Fonts of Chinese text and of its headings, which Word and WPS have; other programs replace them."""
_TEXT_SIZE, _SMALL_SIZE, _SMALL_SPACE = 12, 9, 3
"""Sizes of text and of small text, and space around a paragraph of small text, in points."""
_MARGIN_CM, _PAGE_CM = 2.5, (21.0, 29.7)
"""Margin and size of the page, which is A4."""
_TEXT_CM: Final = _PAGE_CM[0] - 2 * _MARGIN_CM
"""Width of the text."""
_CELL_SPACE: Final = 1
"""Space above and below the text of a cell, in points."""
_LONGEST, _PADDING = 40, 3
"""Longest line of a cell that is not wrapped, and margins of a cell, in characters."""
_HEADING_LINES: Final = 3


def document_bytes(
    title: str,
    sentences: Sequence[str],
    figure: DocumentFigure,
    table: DocumentTable,
    notes: Sequence[str],
    translate: Language,
) -> bytes:
    """Make a Word document of about a page; the same content gives the same bytes.

    Args:
        title: heading of the document.
        sentences: results, one paragraph each.
        figure: the main figure.
        table: the main table.
        notes: small text at the end, one paragraph each.
        translate: language of the document.
    """
    document = Document()
    document.core_properties.author = "takeup"
    document.core_properties.title = title
    document.core_properties.created = document.core_properties.modified = WRITTEN
    for section in document.sections:
        section.page_width, section.page_height = (Cm(length) for length in _PAGE_CM)
        section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(_MARGIN_CM)
    _set_fonts(document)
    document.add_heading(title, level=1)
    for sentence in sentences:
        document.add_paragraph(sentence)
    document.add_picture(io.BytesIO(figure.png), width=Cm(_TEXT_CM))
    legend = translate("Figure {number}. {title}.", number=1, title=figure.title)
    _add_small(document, translate.join([legend, figure.caption]))
    heading = _add_small(document, translate("Table {number}. {title}.", number=1, title=table.title))
    heading.paragraph_format.keep_with_next = True
    _add_table(document, table)
    for note in filter(None, [table.note, *notes]):
        _add_small(document, note)
    buffer = io.BytesIO()
    document.save(buffer)
    return fix_dates(buffer.getvalue())


def _set_fonts(document: DocumentParts) -> None:
    """Set the fonts of Latin and Chinese text, and their sizes."""
    for name, font in (("Normal", _TEXT_FONT), ("Heading 1", _HEADING_FONT)):
        style = document.styles[name]
        _set_font(style, font)
        style.font.color.rgb = RGBColor(0, 0, 0)
    document.styles["Normal"].font.size = Pt(_TEXT_SIZE)


def _set_font(style: ParagraphStyle, chinese: str) -> None:

    style.font.name = _LATIN
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in [name for name in fonts.attrib if name.endswith("Theme")]:
        del fonts.attrib[theme]  # the fonts of a theme take precedence
    for script in ("w:ascii", "w:hAnsi", "w:cs"):
        fonts.set(qn(script), _LATIN)
    fonts.set(qn("w:eastAsia"), chinese)


def _add_small(document: DocumentParts, text: str) -> Paragraph:

    paragraph = document.add_paragraph()
    paragraph.add_run(text).font.size = Pt(_SMALL_SIZE)
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(_SMALL_SPACE)
    return paragraph


def _add_table(document: DocumentParts, table: DocumentTable) -> None:
    """Add a table with a bold first row, which is repeated on every page."""
    rows = [table.headings, *table.rows]
    grid = document.add_table(rows=0, cols=len(table.headings), style="Table Grid")
    grid.alignment, grid.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    widths = _column_widths(rows)
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = width
    for number, row in enumerate(rows):
        added = grid.add_row()
        added._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for place, (cell, text, width) in enumerate(zip(added.cells, row, widths, strict=True)):
            cell.width, cell.vertical_alignment = width, WD_CELL_VERTICAL_ALIGNMENT.CENTER
            paragraph = cell.paragraphs[0]
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if place else WD_ALIGN_PARAGRAPH.LEFT
            paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(_CELL_SPACE)
            run = paragraph.add_run(text)
            run.font.size, run.font.bold = Pt(_SMALL_SIZE), number == 0
    header = OxmlElement("w:tblHeader")
    grid.rows[0]._tr.get_or_add_trPr().append(header)


def _column_widths(rows: Sequence[Sequence[str]]) -> list[Length]:
    """Divide the width of the text among columns, in proportion to their longest lines.

    Longer lines than `_LONGEST` characters are wrapped, and so are headings, over up to `_HEADING_LINES` lines.
    """
    lengths = []
    for heading, *texts in zip(*rows, strict=True):
        longest = max((cell_len(line) for text in texts for line in text.split("\n")), default=0)
        lengths.append(max(min(longest, _LONGEST), cell_len(heading) / _HEADING_LINES) + _PADDING)
    return [Cm(_TEXT_CM * length / sum(lengths)) for length in lengths]
