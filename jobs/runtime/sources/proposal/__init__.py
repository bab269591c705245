"""A first mapping for a hospital's export: look at the file, guess what its columns are, write it down for a person."""


class SourceUnreadable(ValueError):
    """The file cannot be looked at, or there is no place for the mapping; the message says what to do."""
