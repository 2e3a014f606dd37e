"""What make_embedder.py puts together: pictures, a network, its training, its judgement and its file."""
