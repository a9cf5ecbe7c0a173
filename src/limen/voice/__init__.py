"""What the door says aloud.

In: a sentence. Out: sound, and never a delay: ``say`` returns at once. ``base`` is the port. May import the standard
library; a voice is a program of its own.
"""
