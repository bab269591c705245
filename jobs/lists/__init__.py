"""What stands between what is known and the lists that go out."""
