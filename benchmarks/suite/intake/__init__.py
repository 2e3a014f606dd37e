"""What the benchmark of imports is made of."""
