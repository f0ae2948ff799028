"""The page that says what is checked, by what, and with which result; made from tests and measurements."""
