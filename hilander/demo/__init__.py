"""The demo data that ship with hilander, and the seeded code that makes them. No clustering."""
