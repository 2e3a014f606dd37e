"""Files in, files out: embeddings, labels, images, tables. Knows nothing about graphs, models or pages."""
