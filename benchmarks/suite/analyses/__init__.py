"""The paper's analyses, one a file: each runs, and gives a table and a figure."""
