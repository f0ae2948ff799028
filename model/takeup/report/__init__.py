"""What is shown of a result: tables, figures, one page that needs nothing else, and files written whole."""
