"""Generic reporting: formatting, translation, plotting style, HTML pages and results folders."""
