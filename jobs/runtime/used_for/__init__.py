"""What of one person was used, when, for what: the answer to somebody who asks."""
