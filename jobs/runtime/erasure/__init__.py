"""The right to be erased: who a person is in the lake, taking them out of it, and proving that they are gone."""
