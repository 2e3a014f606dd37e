"""The small JSON beside an ONNX file that says what its network takes; what it does not say is read off the file.

    JSON + the file's inputs and outputs  ->  Preprocess

    size           side in pixels, or [height, width]; default: the input's own, else 224
    fit            "crop" (default): fill the frame, cut what sticks out; "letterbox": the whole image, the rest filled;
                   "stretch": the whole image, its shape given up
    resize         with crop: the short side in pixels before the cut (256 for a 224 frame, say); default: the frame's
    pad            with letterbox: [red, green, blue] from 0 to 255, or "edge" (default): the outermost pixels go on
    interpolation  "bicubic" (default), "bilinear", "lanczos" or "nearest"
    colour         "RGB" (default), "BGR", or "grey": one channel; default of an input with one channel
    scale          what pixel values from 0 to 255 are multiplied with; default 1 / 255
    mean, std      then (value - mean) / std: a number, or one a channel; default ImageNet's, 0 and 1 for uint8 inputs
    layout         "NCHW" or "NHWC"; default: where the channels are
    input, output  names; default: the only input, the first output of two dimensions
    batch          images at once; default 32, or what the file fixes
    normalise      whether rows are given unit length; default true
    title, description   for people

Knows nothing about how an image is made so, or a network run.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np

from hilander.embed.onnx_file import ELEMENTS, OnnxInfo, Value
from hilander.embed.preprocess import MEAN, STD, USUAL_BATCH, Colour, Layout, Preprocess
from hilander.embed.words import cut, listed
from hilander.errors import InputError
from hilander.io.atomic import read_json
from hilander.io.images import RESAMPLING, Fit

KEYS = frozenset(
    [
        "size",
        "fit",
        "resize",
        "pad",
        "interpolation",
        "colour",
        "scale",
        "mean",
        "std",
        "layout",
        "input",
        "output",
        "batch",
        "normalise",
        "title",
        "description",
    ]
)
USUAL_SIDE, MOST_SIDE, MOST_BATCH = 224, 2_048, 1_024
MOST_INPUT = 1 << 30  # bytes of a batch
LARGEST = float(np.finfo(np.float32).max)


def read_settings(path: Path) -> dict[str, Any]:
    """The JSON as it is; InputError where it is not there or not one object."""
    values = read_json(path, path.name)
    if not isinstance(values, dict):
        raise InputError(
            f'{path.name} must hold one JSON object such as {{"size": 224}}; got {type(values).__name__}. '
            "hilander embed --help lists what may be in it."
        )
    return values


def preprocess(
    info: OnnxInfo, settings: Mapping[str, Any], name: str, *, batch: int | None = None
) -> Preprocess:
    """Settings of a network, what is missing read off the file; `batch` goes before the settings' own.

    Raises
    ------
    InputError   a setting is unknown or wrong, or the file's inputs and outputs do not fit; names `name`
    """
    return _Reading(info, settings, name).preprocess(batch)


class _Reading:
    """One JSON read beside one file."""

    def __init__(self, info: OnnxInfo, settings: Mapping[str, Any], name: str) -> None:
        self.info, self.settings, self.name = info, settings, name

    def preprocess(self, batch: int | None) -> Preprocess:
        if unknown := sorted(set(self.settings) - KEYS):
            raise self._wrong(unknown[0], f"one of {', '.join(sorted(KEYS))}", "another name")
        value, output = self._input(), self._output()
        layout = self._layout(value)
        channels, height, width = _ordered(value.shape, layout)
        colour: Colour = self._choice("colour", get_args(Colour), "grey" if channels == 1 else "RGB")
        of_colour = 1 if colour == "grey" else 3
        if channels not in (None, of_colour):
            raise self._wrong("colour", f"what the input's {channels} channels can take", colour)
        height, width = self._size(height, width)
        fixed = value.shape[0]
        is_bytes = value.dtype == "uint8"
        how = Preprocess(
            height=height,
            width=width,
            input=value.name,
            output=output,
            fit=self._choice("fit", get_args(Fit), "crop"),
            resize=self._resize(min(height, width)),
            pad=self._pad(),
            interpolation=self._choice("interpolation", tuple(RESAMPLING), "bicubic"),
            colour=colour,
            scale=self._number("scale", 1.0 if is_bytes else 1 / 255),
            mean=self._channels("mean", (0.0,) * 3 if is_bytes else MEAN, of_colour),
            std=self._channels("std", (1.0,) * 3 if is_bytes else STD, of_colour),
            layout=layout,
            dtype=value.dtype,
            batch=self._batch(fixed, batch),
            is_batch_fixed=fixed is not None,
            normalise=self._truth("normalise", True),
        )
        if how.batch * how.image_bytes > MOST_INPUT:
            most = max(1, MOST_INPUT // how.image_bytes)
            raise self._wrong("batch", f"at most {most:,} images of {height} x {width} pixels", how.batch)
        return how

    def _input(self) -> Value:
        found = {it.name: it for it in self.info.inputs}
        name = self.settings.get("input")
        if name is None and len(found) == 1:
            name = next(iter(found))
        if not isinstance(name, str) or name not in found:
            names = listed(found.values())
            if name is None:
                raise InputError(
                    f"{self.name} must have one input, for images; it has {len(found)}: {names}. "
                    'Export the image part alone, or name its "input" in the JSON where the others may be left out.'
                )
            raise self._wrong("input", f"one of the network's inputs ({names})", name)
        value = found[name]
        if value.dtype not in ELEMENTS.values() or len(value.shape) != 4:
            raise InputError(
                f"{self.name} must take images: an input of four dimensions, (n, 3, height, width) say, of float32, "
                f"float16 or uint8; got {value}. Export the part that takes images."
            )
        return value

    def _output(self) -> str:
        found = {it.name: it for it in self.info.outputs}
        name = self.settings.get("output")
        if name is None:
            name = next((it.name for it in found.values() if len(it.shape) == 2), None)
            if name is None:
                name = next(
                    (it.name for it in found.values() if not it.shape), None
                )  # says nothing of its shape
        names = listed(found.values())
        if name is None:
            raise InputError(
                f"{self.name} must give one vector an image, an output of shape (n, d); got {names}. "
                "Export it with its pooled output."
            )
        if not isinstance(name, str) or name not in found:
            raise self._wrong("output", f"one of the network's outputs ({names})", name)
        return name

    def _layout(self, value: Value) -> Layout:
        guess: Layout = "NHWC" if value.shape[3] in (1, 3) and value.shape[1] not in (1, 3) else "NCHW"
        layout: Layout = self._choice("layout", get_args(Layout), guess)
        return layout

    def _size(self, height: int | None, width: int | None) -> tuple[int, int]:
        given = self.settings.get("size")
        if given is None:
            return self._side(height or width or USUAL_SIDE), self._side(width or height or USUAL_SIDE)
        sides = given if isinstance(given, list) else [given, given]
        if len(sides) != 2:
            raise self._wrong("size", "a number of pixels, or [height, width]", given)
        asked = self._side(sides[0]), self._side(sides[1])
        fixed = height or asked[0], width or asked[1]
        if asked != fixed:
            raise self._wrong("size", f"the input's own, {list(fixed)}", given)
        return asked

    def _side(self, side: object) -> int:
        if not isinstance(side, int) or isinstance(side, bool) or not 1 <= side <= MOST_SIDE:
            raise self._wrong("size", f"sides of 1 to {MOST_SIDE:,} pixels", side)
        return side

    def _resize(self, frame: int) -> int | None:
        value = self.settings.get("resize")
        if value is not None and (not _is_whole(value) or not frame <= value <= 4 * MOST_SIDE):
            raise self._wrong("resize", f"at least the frame's {frame} pixels", value)
        return value

    def _pad(self) -> tuple[int, int, int] | None:
        value = self.settings.get("pad", "edge")
        if value == "edge":
            return None
        if (
            not isinstance(value, list)
            or len(value) != 3
            or not all(_is_whole(it) and 0 <= it <= 255 for it in value)
        ):
            raise self._wrong("pad", '"edge" or [red, green, blue] from 0 to 255', value)
        return value[0], value[1], value[2]

    def _channels(self, key: str, usual: tuple[float, ...], count: int) -> tuple[float, ...]:
        value = self.settings.get(key)
        if value is None:
            return usual if count == 3 else (float(np.mean(usual)),)
        values = value if isinstance(value, list) else [value] * count
        are_numbers = len(values) == count and all(map(_is_number, values))
        if not are_numbers or (key == "std" and not all(map(np.float32, values))):
            what = "a number, or one for each channel" + (", none 0" if key == "std" else "")
            raise self._wrong(key, f"{what} ({count})", value)
        return tuple(map(float, values))

    def _batch(self, fixed: int | None, asked: int | None) -> int:
        wanted = asked if asked is not None else self.settings.get("batch")
        if wanted is None:
            wanted = fixed or USUAL_BATCH
        if not _is_whole(wanted) or not 1 <= wanted <= MOST_BATCH:
            raise self._wrong("batch", f"1 to {MOST_BATCH:,} images", wanted)
        if fixed not in (None, wanted):
            raise self._wrong("batch", f"what the network fixes, {fixed}", wanted)
        return int(wanted)

    def _choice(self, key: str, choices: tuple[str, ...], usual: str) -> Any:
        value = self.settings.get(key, usual)
        if value not in choices:
            raise self._wrong(key, f"one of {', '.join(choices)}", value)
        return value

    def _number(self, key: str, usual: float) -> float:
        value = self.settings.get(key, usual)
        if not _is_number(value) or np.float32(value) == 0:
            raise self._wrong(key, "a number that is not 0", value)
        return float(value)

    def _truth(self, key: str, usual: bool) -> bool:
        value = self.settings.get(key, usual)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false", value)
        return value

    def _wrong(self, key: str, expected: str, got: object) -> InputError:
        return InputError(
            f"{self.name}: the preprocessing setting {cut(key)!r} must be {expected}; got {cut(str(got))!r}. "
            "Correct the JSON beside the ONNX file; hilander embed --help lists the settings."
        )


def _ordered(shape: tuple[int | None, ...], layout: Layout) -> tuple[int | None, int | None, int | None]:
    """Channels, height, width."""
    return (shape[1], shape[2], shape[3]) if layout == "NCHW" else (shape[3], shape[1], shape[2])


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    """Whether it is one that the network's numbers can hold, however it is written."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST
