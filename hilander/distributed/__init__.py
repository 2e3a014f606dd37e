"""One clustering on the workers of a Dask cluster: the same levels as on one machine."""
