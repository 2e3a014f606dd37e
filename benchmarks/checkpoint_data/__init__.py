"""The training data of the default checkpoint. Found beside the scripts of benchmarks/, which are run as files."""
