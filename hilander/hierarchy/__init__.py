"""From link predictions to a forest over the images: decode, coarsen, the level loop, the result."""
