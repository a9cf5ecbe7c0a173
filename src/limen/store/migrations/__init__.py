"""Alembic's side of the tables: ``versions`` hold one step each, ``env`` runs them."""
