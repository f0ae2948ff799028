"""What is shown of a result: tables, figures, one self-contained page, and files that appear whole or not at all."""
