"""Template, style sheet and script of the page; no Python lives here."""
