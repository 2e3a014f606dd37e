"""Which cut is best, from a few answers: images known to be of one identity or of two, or some labelled images."""
