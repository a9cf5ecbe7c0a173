"""The steps, each named after its revision; a published step is never changed."""
