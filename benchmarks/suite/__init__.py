"""What the scripts of benchmarks/ share. They are run as files, so this package is found beside them."""
