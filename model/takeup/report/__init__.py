"""Parts that all reports share: formatting, languages, figures, pages and results folders."""
