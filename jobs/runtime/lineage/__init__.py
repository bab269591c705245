"""Which columns each column rests on: read out of query plans, kept beside the tables, told of tags."""
