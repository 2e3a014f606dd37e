"""The JSON beside an ONNX file: what it may say, what is read off the file, and how pixels become numbers."""

from __future__ import annotations

import io
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from hilander.embed import preprocess as pre
from hilander.embed.onnx_file import OnnxInfo, Value
from hilander.embed.settings import KEYS, preprocess, read_settings
from hilander.errors import InputError
from tests.services.small_uploads import png


def info(*shape: int | None, dtype: str = "float32", outputs: tuple[Value, ...] = ()) -> OnnxInfo:
    return OnnxInfo([Value("x", dtype, shape)], list(outputs) or [Value("y", "float32", (None, 8))])


ANY = info(None, 3, None, None)


def test_without_settings_the_file_says_size_layout_colour_and_batch():
    first = preprocess(info(4, 3, 96, 64), {}, "m")
    assert (first.height, first.width, first.layout, first.colour, first.batch) == (96, 64, "NCHW", "RGB", 4)
    assert first.is_batch_fixed
    second = preprocess(info(None, 112, 112, 1), {}, "m")
    assert (second.height, second.width, second.layout, second.colour) == (112, 112, "NHWC", "grey")
    assert len(second.mean) == 1
    third = preprocess(info(None, 3, None, None, dtype="uint8"), {}, "m")
    assert (third.height, third.scale, third.mean, third.std) == (224, 1.0, (0, 0, 0), (1, 1, 1))


CLIP = {
    **{"size": 224, "fit": "crop", "interpolation": "bicubic"},
    **{"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711]},
}
DINO = {"size": 224, "resize": 256, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
ARCFACE = {"size": 112, "colour": "RGB", "scale": 1, "mean": 127.5, "std": 127.5}


@pytest.mark.parametrize(
    ("said", "size", "grey"),
    [(CLIP, 224, 0.076), (DINO, 224, 0.074), (ARCFACE, 112, 0.0039)],
    ids=["CLIP", "DINO", "ArcFace"],
)
def test_usual_settings_give_usual_numbers(said, size, grey):
    """A picture all of 128: the first channel is (128 / 255 - mean) / std."""
    made = preprocess(ANY, said, "m").pixels(png((128, 128, 128)), "a.png")
    assert (made.shape, made.dtype) == ((3, size, size), np.float32)
    assert made[0].min() == pytest.approx(grey, abs=1e-3)


def quarters() -> bytes:
    """40 x 20: the left half red, the right half blue."""
    image = Image.new("RGB", (40, 20), (255, 0, 0))
    image.paste((0, 0, 255), (20, 0, 40, 20))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def rgb(said: dict[str, object]) -> np.ndarray:
    plain = {"size": 8, "scale": 1, "mean": 0, "std": 1, "interpolation": "nearest", "layout": "NHWC"}
    return preprocess(info(None, None, None, 3), plain | said, "m").pixels(quarters(), "a.png")


RED, BLUE, GREEN = [255, 0, 0], [0, 0, 255], [0, 255, 0]


def test_an_image_is_cut_letterboxed_or_stretched_into_the_frame():
    cut = rgb({"fit": "crop"})
    assert (cut[0, 0].tolist(), cut[0, 3].tolist(), cut[0, 4].tolist()) == (RED, RED, BLUE)
    boxed = rgb({"fit": "letterbox", "pad": GREEN})
    assert (boxed[:2] == GREEN).all()
    assert (boxed[6:] == GREEN).all()
    assert (boxed[2:6, :4] == RED).all()
    assert (rgb({"fit": "letterbox"})[0, :4] == RED).all()  # the outermost pixels go on
    assert (rgb({"fit": "stretch"})[:, 4:] == BLUE).all()


def test_colours_can_be_turned_round_or_left_out():
    assert rgb({"colour": "BGR"})[0, 0].tolist() == BLUE
    grey = preprocess(info(None, 1, 4, 4), {"scale": 1, "mean": 0, "std": 1}, "m").pixels(
        png((255, 0, 0)), "a"
    )
    assert grey.shape == (1, 4, 4)
    assert grey[0, 0, 0] == pytest.approx(0.299 * 255)


def test_an_extreme_shape_takes_no_memory_to_speak_of():
    buffer = io.BytesIO()
    Image.new("L", (60_000, 1), 9).save(buffer, "PNG")
    for fit in ("crop", "letterbox", "stretch"):
        assert preprocess(ANY, {"size": 16, "fit": fit}, "m").pixels(buffer.getvalue(), "a").shape == (
            3,
            16,
            16,
        )


def test_an_image_that_cannot_be_read_is_named():
    with pytest.raises(InputError, match=r"^b\.png must be an image"):
        preprocess(ANY, {}, "m").pixels(b"no image", "b.png")


WRONG = {
    "unknown": ({"sise": 224}, ANY, "'sise' must be one of batch, colour"),
    "size": ({"size": 0}, ANY, "'size' must be sides of 1 to 2,048 pixels; got '0'"),
    "size of the file": (
        {"size": 224},
        info(None, 3, 112, 112),
        "'size' must be the input's own, [112, 112]",
    ),
    "enormous size": ({}, info(None, 3, 1 << 40, 1 << 40), "sides of 1 to 2,048 pixels"),
    "resize": ({"size": 224, "resize": 100}, ANY, "'resize' must be at least the frame's 224"),
    "fit": ({"fit": "squash"}, ANY, "one of crop, letterbox, stretch; got 'squash'"),
    "pad": ({"pad": [0, 0, 300]}, ANY, "'pad' must be \"edge\" or [red"),
    "interpolation": ({"interpolation": "best"}, ANY, "one of nearest, bilinear"),
    "colour": ({"colour": "grey"}, ANY, "'colour' must be what the input's 3 channels can take"),
    "scale": ({"scale": 0}, ANY, "'scale' must be a number that is not 0"),
    "mean": ({"mean": [1, 2]}, ANY, "'mean' must be a number, or one for each channel (3)"),
    "std": ({"std": 0}, ANY, "none 0"),
    "NaN": ({"std": float("nan")}, ANY, "'std' must be"),
    "a number that is 0 for a network": ({"std": [1, 1, 1e-60]}, ANY, "none 0"),
    "a scale that is": ({"scale": 1e-60}, ANY, "'scale' must be a number that is not 0"),
    "layout": ({"layout": "CHW"}, ANY, "one of NCHW, NHWC"),
    "normalise": ({"normalise": 1}, ANY, "true or false"),
    "batch": ({"batch": 0}, ANY, "'batch' must be 1 to 1,024 images"),
    "batch of the file": ({"batch": 8}, info(4, 3, 9, 9), "what the network fixes, 4"),
    "batch too large": ({"batch": 1024, "size": 2048}, ANY, "at most 21 images of 2048 x 2048"),
    "input": ({"input": "z"}, ANY, "one of the network's inputs (x float32 (?, 3, ?, ?))"),
    "output": ({"output": ["y"]}, ANY, "one of the network's outputs (y float32 (?, 8))"),
    "channels": ({}, info(None, 7, 9, 9), "'colour' must be what the input's 7 channels"),
    "no image": ({}, info(None, 512), "must take images: an input of four dimensions"),
    "whole numbers": ({}, info(None, 3, 9, 9, dtype="type 7"), "must take images"),
    "a map of vectors": (
        {},
        info(None, 3, 9, 9, outputs=(Value("z", "float32", (None, 197, 8)),)),
        "one vector an image, an output of shape (n, d); got z float32 (?, 197, 8)",
    ),
}


@pytest.mark.parametrize(("said", "file", "told"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_with_what_was_expected(said, file, told):
    with pytest.raises(InputError, match=r"^m\.onnx") as refused:
        preprocess(file, said, "m.onnx")
    assert told in str(refused.value)


HUGE = (10**30, 10**39, -(10**400), 1e39, float("inf"), [[1]] * 3, {"a": 1}, True, "1", [10**400] * 3)


@pytest.mark.parametrize("key", sorted(KEYS - {"title", "description"}))
def test_whatever_a_setting_is_it_is_taken_or_refused(key):
    for value in (*HUGE, None, [], [None] * 3, 10**4000):
        with suppress(InputError):
            preprocess(ANY, {key: value}, "m").pixels(png((1, 2, 3)), "a.png")


@pytest.mark.parametrize("key", ["scale", "mean", "std"])
def test_numbers_that_no_network_can_hold_are_refused(key):
    for value in HUGE[1:]:
        with pytest.raises(InputError, match=f"'{key}' must be a number") as refused:
            preprocess(ANY, {key: value}, "m")
        assert len(str(refused.value)) < 400
    assert preprocess(ANY, {key: 10**30}, "m").batch


def test_of_many_inputs_and_outputs_the_first_are_named():
    values = [Value(f"{i}" + "n" * 900, "float32", (None, 3, 4, 4)) for i in range(1_000)]
    for said in ({}, {"input": "z"}, {"input": values[0].name}):
        with pytest.raises(InputError, match=r"; \.\.\.") as refused:
            preprocess(OnnxInfo(values, values), said, "m")
        assert len(str(refused.value)) < 2_000


def test_two_inputs_are_named_unless_one_is_chosen():
    two = OnnxInfo([Value("a", "float32", (1, 3, 4, 4)), Value("b", "float32", (1,))], ANY.outputs)
    with pytest.raises(InputError, match="must have one input, for images; it has 2: a float32"):
        preprocess(two, {}, "m")
    assert preprocess(two, {"input": "a"}, "m").input == "a"


def test_settings_are_one_json_object(tmp_path):
    path = tmp_path / "m.json"
    path.write_text("[1]")
    with pytest.raises(InputError, match=r"m\.json must hold one JSON object"):
        read_settings(path)
    path.write_text("{")
    with pytest.raises(InputError, match=r"^m\.json cannot be read as JSON"):
        read_settings(path)
    path.write_text('{"size": 64}')
    assert preprocess(ANY, read_settings(path), "m").width == 64
    assert preprocess(ANY, {}, "m").batch == pre.USUAL_BATCH
