"""The API, ``/api/v1``: a module for each noun, each with its ``router``; their schema is the contract.

Whatever changes anything is here, and the pages use it as any other program does. A module may have ``start(site)``,
called when serving begins, which returns what to call when it ends.
"""
