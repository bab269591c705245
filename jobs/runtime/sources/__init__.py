"""A new export of a known feed: a mapping file proposed, and held against a file before anything is taken in."""
