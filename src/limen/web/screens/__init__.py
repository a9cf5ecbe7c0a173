"""The pages, rendered on the server: a module for each screen, each with its ``router``; they only show."""
