"""All compiled loops that a clustering runs (`graph.loops` tells when): importing this compiles them, or reads them."""

from hilander.hierarchy import vote_loops, walk_loops
from hilander.model import network_loops, relation_loops

__all__ = ["network_loops", "relation_loops", "vote_loops", "walk_loops"]
