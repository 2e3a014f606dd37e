"""Images into embeddings, by an ONNX network that ships or that somebody brings."""
