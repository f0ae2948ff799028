"""Make the Chinese font of the reports: `python -m tools.make_font_subset NotoSansCJK-Regular.ttc`.

The argument is a font file or a collection that contains Noto Sans CJK SC, for example from Debian's package
fonts-noto-cjk. The subset has the characters of GB 2312, of the message catalogues and of the shipped districts.
It has its own name, because it is a modified version and because a machine may have the original. The same input
gives the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

from takeup.district import load_district, shipped_districts
from takeup.report import LANGUAGES, i18n
from takeup.report.typography import CHINESE_FONT, CHINESE_FONT_FILE, font_characters
from takeup.vocabulary import terms
from tools.update_translations import catalogue_file, read

ORIGINAL = "Noto Sans CJK SC"
POSTSCRIPT_NAME = "TakeupSansSC-Regular"
GB2312_ROWS = (0xA1, 0xA3, *range(0xB0, 0xF8))
"""The rows of GB 2312 with punctuation, full-width letters and Chinese characters, as first bytes."""
UNUSED_TABLES = ["BASE", "DSIG", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx"]
"""Kerning, substitutions and vertical writing, which neither figures nor pages use."""
KEPT_NAMES = (0, 5, 7, 13, 14)
"""Copyright, version, trademark and licence."""
ENGLISH_NAMES = 0x409


def gb2312() -> set[str]:
    """Return the characters of GB 2312."""
    codes = (bytes([row, column]) for row in GB2312_ROWS for column in range(0xA1, 0xFF))
    return set("".join(code.decode("gb2312", errors="ignore") for code in codes))


def shipped() -> set[str]:
    """Return the characters outside ASCII of message catalogues, labels and the shipped districts' names."""
    codes = (code for code in LANGUAGES if code != i18n.ENGLISH.code)
    texts = [str(message.string) for code in codes for message in read(catalogue_file(code), code) if message.id]
    texts += [term.zh for term in terms().values()]
    for name in shipped_districts():
        population = load_district(name).population
        texts += [population.name_zh, *(street.name_zh for street in population.streets)]
        texts += [area.label_zh for area in population.areas]
    return {character for character in "".join(texts) if not character.isascii()}


def original(path: Path) -> TTFont:
    """Open Noto Sans CJK SC in a font file or a collection.

    Raises:
        ValueError: the file does not contain this font.
    """
    fonts = TTCollection(path, lazy=True).fonts if path.suffix == ".ttc" else [TTFont(path, lazy=True)]
    for each in fonts:
        if each["name"].getDebugName(4) == ORIGINAL:
            each.recalcTimestamp = False
            return each
    raise ValueError(f"{path}: does not contain the font {ORIGINAL}")


def rename(made: TTFont) -> None:
    """Rename the subset in its name table, and keep copyright and licence."""
    names = made["name"]
    names.names = [each for each in names.names if each.nameID in KEPT_NAMES and each.langID == ENGLISH_NAMES]
    own = {
        1: CHINESE_FONT,
        2: "Regular",
        3: POSTSCRIPT_NAME,
        4: CHINESE_FONT,
        6: POSTSCRIPT_NAME,
    }
    own[10] = f"A subset of {ORIGINAL}, with the characters that the reports of takeup use."
    for number, text in own.items():
        names.setName(text, number, 3, 1, ENGLISH_NAMES)
    outlines = made["CFF "].cff
    outlines.fontNames = [POSTSCRIPT_NAME]
    outlines[0].rawDict |= {"FamilyName": CHINESE_FONT, "FullName": CHINESE_FONT}


def main() -> None:
    """Write the subset of the font that the argument names."""
    made = original(Path(sys.argv[1]))
    options = subset.Options(hinting=False, layout_features=[], name_IDs=list(KEPT_NAMES), notdef_outline=True)
    options.drop_tables += UNUSED_TABLES
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=sorted(map(ord, gb2312() | shipped())))
    subsetter.subset(made)
    rename(made)
    made.save(CHINESE_FONT_FILE)
    print(f"{CHINESE_FONT_FILE}: {len(font_characters()):,} characters, {CHINESE_FONT_FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
