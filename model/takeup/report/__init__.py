"""Parts that all reports share: formatting, languages, figures, pages, folders."""
