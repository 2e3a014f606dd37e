"""Training of link predictors on labelled embeddings."""
