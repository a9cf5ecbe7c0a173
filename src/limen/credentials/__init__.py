"""Cards and PINs: what people hold or know.

In: a reader's raw data. Out: a ``Reading``, and the ``Answer`` that goes back. ``base`` is the port; a driver may
import its own library inside its own file. No pictures, no database.
"""
