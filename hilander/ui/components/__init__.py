"""Our components-v2 components, one module each.

Each is a typed function over inline HTML, CSS and JavaScript kept beside it. They draw what they are given
and report one choice; state stays in Python and the URL. Texts reach the page as text, never as HTML.
"""

from hilander.ui.components.beside_rows import BesideRow, beside_rows
from hilander.ui.components.change_list import ChangeLine, change_list
from hilander.ui.components.first_steps import first_steps, steps_button
from hilander.ui.components.group_list import Group, group_list
from hilander.ui.components.image_grid import Card, Fact, image_grid
from hilander.ui.components.level_list import Column, LevelLine, level_list
from hilander.ui.components.level_steps import level_steps
from hilander.ui.components.link_slider import link_slider
from hilander.ui.components.page_keys import page_keys, shortcut_keys
from hilander.ui.components.pair_list import End, Figure, Pair, pair_list
from hilander.ui.components.point_map import MapPoints, Scale, point_map
from hilander.ui.components.question import Side, question
from hilander.ui.components.tree_view import Boxes, Crumb, Legend, tree_view

__all__ = [
    "BesideRow",
    "Boxes",
    "Card",
    "ChangeLine",
    "Column",
    "Crumb",
    "End",
    "Fact",
    "Figure",
    "Group",
    "Legend",
    "LevelLine",
    "MapPoints",
    "Pair",
    "Scale",
    "Side",
    "beside_rows",
    "change_list",
    "first_steps",
    "group_list",
    "image_grid",
    "level_list",
    "level_steps",
    "link_slider",
    "page_keys",
    "pair_list",
    "point_map",
    "question",
    "shortcut_keys",
    "steps_button",
    "tree_view",
]
