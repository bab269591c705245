"""The page of groups: what each is like, what it is worth, who moves between them, and whether they hold."""
