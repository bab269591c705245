"""A new export of a known feed: a mapping file proposed, held against a file, and what of it was refused."""
