"""k-NN graphs of unit vectors: exact and approximate."""
