"""How a database gets from one version of the schema to the next; alembic runs env.py and versions/."""
