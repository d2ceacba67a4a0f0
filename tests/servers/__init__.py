"""Real servers for the tests, each private to one session and gone after it."""
