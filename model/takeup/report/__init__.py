"""Parts of all reports: formatting, languages, figures, pages, results folders."""
