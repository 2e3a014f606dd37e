"""Our five components-v2 components: image grid, map of points, table of levels, level stepper, question.

Each is a typed function over inline HTML, CSS and JavaScript kept beside it. They draw what they are given
and report one choice; state stays in Python and the URL. Texts reach the page as text, never as HTML.
"""

from hilander.ui.components.image_grid import Card, image_grid
from hilander.ui.components.level_list import LevelLine, level_list
from hilander.ui.components.level_steps import level_steps
from hilander.ui.components.point_map import MapPoints, Scale, point_map
from hilander.ui.components.question import Side, question

__all__ = [
    "Card",
    "LevelLine",
    "MapPoints",
    "Scale",
    "Side",
    "image_grid",
    "level_list",
    "level_steps",
    "point_map",
    "question",
]
