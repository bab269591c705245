"""The report of the day: collect small aggregates, lay them out in sections, render one self-contained page."""
