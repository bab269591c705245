"""From the files a hospital sends to typed, de-identified rows with the reasons against the bad ones.

files finds and surveys them, reader takes them apart on the workers, translate makes typed columns by
SQL, door hides who it is about, repeats leaves one row per event, balance counts that nothing was lost;
ingest puts them together.
"""
