"""One file a migration, in the order of their numbers; what has landed is never changed."""
