"""A card for tests: tensors that say they are elsewhere, and count every time the host asks them something.

Values lie in the memory of the CPU. As with a real card, tensors of the host and of the card do not mix, and only
`Tensor.cpu` and its like bring values to the host. Which of torch's operations make a host wait is told here by name.
"""

from __future__ import annotations

from collections import Counter

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

DEVICE = "meta"  # the one device beside the CPU that torch knows everywhere; only its name is used
WAITS = {  # where a value makes a shape or a Python number
    *("nonzero", "_unique2", "unique_dim", "unique_consecutive", "bincount", "masked_select"),
    *("_local_scalar_dense", "equal", "is_nonzero"),
}


class OnCard(torch.Tensor):
    """A tensor of the card; `held` is the one that lies in the memory of the CPU."""

    held: torch.Tensor

    @staticmethod
    def __new__(cls, held: torch.Tensor) -> OnCard:
        made = torch.Tensor._make_wrapper_subclass(
            cls,
            held.shape,
            strides=held.stride(),
            storage_offset=held.storage_offset(),
            dtype=held.dtype,
            device=DEVICE,
        )
        made.held = held
        return made

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        raise AssertionError(f"{function} of a card's tensor while there is no card")


class StandIn(TorchDispatchMode):
    """While it is active there is a card.

    Attributes
    ----------
    up, down : names of operations that copied to the card and from it, with how often
    waits : the same of operations whose result the host waited for
    """

    def __init__(self):
        super().__init__()
        self.up, self.down, self.waits = Counter(), Counter(), Counter()

    def seen(self):
        """Copies up, copies down, waits, so far."""
        return self.up.total(), self.down.total(), self.waits.total()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name, kwargs = function.overloadpacket.__name__, dict(kwargs or {})
        given = [one for one in tree_flatten((args, kwargs))[0] if isinstance(one, torch.Tensor)]
        card = [one for one in given if isinstance(one, OnCard)]
        there = self._made_there(name, card, args, kwargs)
        self._count(name, card, there, args)
        if name not in {"_to_copy", "copy_"} and card and len(card) < len(given):
            raise AssertionError(f"{function} mixes tensors of the card and of the host")
        found = function(*tree_map(_held, args), **tree_map(_held, kwargs))
        return tree_map(lambda one: _wrapped(one, card), found) if there else found

    def _made_there(self, name, card, args, kwargs):
        """Whether the result is on the card; what is to run is told to run on the CPU."""
        wanted = kwargs.get("device")
        if wanted is not None:
            kwargs["device"] = torch.device("cpu")
            return torch.device(wanted).type == DEVICE
        return isinstance(args[0], OnCard) if name == "copy_" else bool(card)

    def _count(self, name, card, there, args):
        if name in {"_to_copy", "copy_"}:
            was_there = isinstance(args[1 if name == "copy_" else 0], OnCard)
            self.up[name] += there and not was_there
            self.down[name] += was_there and not there
        elif card and (name in WAITS or (name == "index" and _by_mask(args[1]))):
            self.waits[name] += 1


def _by_mask(places):
    return any(one is not None and one.dtype in {torch.bool, torch.uint8} for one in places)


def _held(one):
    return one.held if isinstance(one, OnCard) else one


def _wrapped(one, card):
    """A result as a tensor of the card; the same one where it was changed in place."""
    if not isinstance(one, torch.Tensor):
        return one
    known = [known for known in card if known.held is one]
    return known[0] if known else OnCard(one)
