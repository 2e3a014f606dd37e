"""The training data of the default checkpoint: a table, one line a set.

    training_sets(seed)                 what the checkpoint is trained on
    training_sets(seed, ZOO | HALF_A)   and half of the classes of grocery and sign digits

Each set has a generator of its own, by seed and name: adding or changing a line leaves the others as they were.
"""

from __future__ import annotations

from collections.abc import Mapping

from checkpoint_data import omniglot
from checkpoint_data.labelled import Labelled
from checkpoint_data.packaged import fashion, letters, mnist
from checkpoint_data.recipes import Made, Mixture, Recipe, Source, as_given, hog, network, pixels
from checkpoint_data.repeatable import generator, one_thread
from hilander.train.sets import TrainSet
from suite.halves import halves


def seen(name: str) -> Source:
    """The half of a set's classes that is trained on."""
    return lambda: Labelled(halves()[name][0].x, halves()[name][0].labels)


OMNIGLOT, GIVEN = omniglot.images, omniglot.embeddings  # images; shipped embeddings

ZOO: dict[str, Made] = {
    # fine classes, many of them
    "omniglot": Recipe(GIVEN, as_given),
    "omniglot_hog": Recipe(OMNIGLOT, hog(96), classes=300),
    "omniglot_pixels": Recipe(OMNIGLOT, pixels(64), classes=200),
    "omniglot_strong": Recipe(OMNIGLOT, network("strong")),
    "omniglot_mid": Recipe(OMNIGLOT, network("mid"), classes=400),
    "omniglot_weak": Recipe(OMNIGLOT, network("weak"), classes=250),
    "omniglot_mid_uneven": Recipe(OMNIGLOT, network("mid"), classes=300, each=(2, 20)),
    # few classes of fine data: where levels are small
    "omniglot_uneven_60": Recipe(GIVEN, as_given, classes=60, each=(3, 20)),
    "omniglot_70": Recipe(GIVEN, as_given, classes=70),
    "omniglot_25": Recipe(GIVEN, as_given, classes=25),
    "omniglot_10": Recipe(GIVEN, as_given, classes=10),
    "omniglot_strong_60": Recipe(OMNIGLOT, network("strong"), classes=60),
    "omniglot_strong_15": Recipe(OMNIGLOT, network("strong"), classes=15),
    "omniglot_mid_40": Recipe(OMNIGLOT, network("mid"), classes=40),
    "omniglot_weak_70": Recipe(OMNIGLOT, network("weak"), classes=70),
    # coarse classes, of many images each
    "fashion_hog": Recipe(fashion, hog(96), each=500),
    "fashion_hog_uneven": Recipe(fashion, hog(64), classes=6, each=(60, 800)),
    "fashion_pixels": Recipe(fashion, pixels(64), each=200),
    "fashion_mid": Recipe(fashion, network("mid"), each=300),
    "mnist_hog": Recipe(mnist, hog(96)),
    "mnist_hog_uneven": Recipe(mnist, hog(64), classes=6, each=(40, 400)),
    "mnist_pixels": Recipe(mnist, pixels(48), each=300),
    "mnist_mid": Recipe(mnist, network("mid"), each=250),
    "letters_100": Recipe(letters, as_given, each=100),
    "letters_250": Recipe(letters, as_given, each=250),
    # bursts: small tight groups inside the classes
    "omniglot_bursts_hog": Recipe(OMNIGLOT, hog(96), classes=80, burst=(2, 6)),
    "omniglot_short_bursts_hog": Recipe(OMNIGLOT, hog(96), classes=150, burst=(1, 3)),
    "omniglot_bursts_pixels": Recipe(OMNIGLOT, pixels(64), classes=60, burst=(2, 5)),
    "fashion_bursts_hog": Recipe(fashion, hog(96), each=80, burst=(1, 7)),
    "mnist_bursts_hog": Recipe(mnist, hog(96), each=60, burst=(1, 7)),
    # generated
    "mixture_80": Mixture(identities=80, dim=32, sizes=(3, 80), spread=0.8),
    "mixture_200": Mixture(identities=200, dim=1024, sizes=(2, 40), spread=1.5),
    "mixture_12": Mixture(identities=12, dim=16, sizes=(8, 12), spread=0.5),
    "mixture_30": Mixture(identities=30, dim=48, sizes=(10, 100), spread=1.0),
    "mixture_8": Mixture(identities=8, dim=128, sizes=(100, 300), spread=1.3),
}

HALF_A: dict[
    str, Made
] = {  # not part of the default: what is then measured on these sets is measured on half B
    "grocery_A": Recipe(seen("grocery"), as_given),
    "grocery_A_20": Recipe(seen("grocery"), as_given, classes=20),
    "grocery_A_uneven_30": Recipe(seen("grocery"), as_given, classes=30, each=(15, 90)),
    "sign_digits_A": Recipe(seen("sign digits"), as_given),
    "sign_digits_A_4": Recipe(seen("sign digits"), as_given, classes=4),
    "sign_digits_A_90": Recipe(seen("sign digits"), as_given, each=90),
}


def training_sets(seed: int, table: Mapping[str, Made] = ZOO) -> dict[str, TrainSet]:
    """Make every set of a table, in its order; the same arrays for the same seed and name.

    Returns
    -------
    TrainSet by name: unit rows, labels of the source, which are not contiguous and mean nothing across sets

    The process ends with a message where a data set or a package is missing.
    """
    with one_thread():
        return {name: made.make(generator(seed, name)) for name, made in table.items()}
