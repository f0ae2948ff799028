"""In which language a report speaks: English as it stands in the code, and translations as data files."""

from takeup.report.language.language import ENGLISH, Language
from takeup.report.language.translated import LANGUAGES, Translated, language_of

__all__ = ["ENGLISH", "LANGUAGES", "Language", "Translated", "language_of"]
