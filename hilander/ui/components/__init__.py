"""Our components-v2 components: image grid, map of points, table of levels, level stepper, question, tree.

Each is a typed function over inline HTML, CSS and JavaScript kept beside it. They draw what they are given
and report one choice; state stays in Python and the URL. Texts reach the page as text, never as HTML.
"""

from hilander.ui.components.image_grid import Card, image_grid
from hilander.ui.components.level_list import LevelLine, level_list
from hilander.ui.components.level_steps import level_steps
from hilander.ui.components.point_map import MapPoints, point_map
from hilander.ui.components.question import Side, question
from hilander.ui.components.tree_view import Boxes, Crumb, Legend, tree_view

__all__ = [
    "Boxes",
    "Card",
    "Crumb",
    "Legend",
    "LevelLine",
    "MapPoints",
    "Side",
    "image_grid",
    "level_list",
    "level_steps",
    "point_map",
    "question",
    "tree_view",
]
