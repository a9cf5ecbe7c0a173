"""What takes too long for the tests, and whose results stand in the documentation."""
