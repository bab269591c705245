"""One user as of a day on one page: tags with their evidence, groups, scores, consent, what came and went."""
