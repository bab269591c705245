"""The catalogue of tags: what each says, who has it, how it moves, what it rests on, who uses it, on one page."""
