"""Segments looked at before and after they are in force: `cameo segments …`."""
