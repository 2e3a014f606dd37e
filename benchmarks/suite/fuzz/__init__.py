"""Files that no program wrote, given to every reader: what may come out is an answer or an InputError."""
