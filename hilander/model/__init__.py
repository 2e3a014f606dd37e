"""Networks that read a k-NN graph and predict links and densities."""
