"""What the benchmark of load is made of."""
