"""What the benchmark of reliability is made of: a place with the real processes in it, work, faults, and a judge."""
