"""The linear layer that learns by oneDNN gives what torch's own gives, gradients included, for any number of rows."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from hilander.model.linear import MANY, ONEDNN, STEP, Linear, PReLU, filled

ROWS = (1, 7, STEP - 1, STEP, STEP + 1, 3 * STEP, MANY + 1)


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("bias", [True, False])
def test_values_and_gradients_are_those_of_torch(rows: int, bias: bool) -> None:
    torch.manual_seed(rows)
    ours, theirs = Linear(12, 5, bias=bias), nn.Linear(12, 5, bias=bias)
    theirs.load_state_dict(ours.state_dict())
    x, pull = torch.randn(rows, 12), torch.randn(rows, 5)
    found, expected = learned(ours, x, pull), learned(theirs, x, pull)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


def learned(layer: nn.Module, x: Tensor, pull: Tensor) -> list[Tensor]:
    x = x.clone().requires_grad_()
    out = layer(x)
    (out * pull).sum().backward()
    grads = [one.grad for one in (x, *layer.parameters())]
    return [out.detach(), *(grad for grad in grads if grad is not None)]


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("bias", [True, False])
def test_rounded_values_and_gradients_are_near_those_of_torch(rows: int, bias: bool) -> None:
    torch.manual_seed(rows)
    ours, theirs = Linear(64, 32, bias=bias), nn.Linear(64, 32, bias=bias)
    theirs.load_state_dict(ours.state_dict())
    ours.rounded = True
    x, pull = torch.randn(rows, 64), torch.randn(rows, 32)
    for one, other in zip(learned(ours, x, pull), learned(theirs, x, pull), strict=True):
        assert one.dtype == torch.float32
        difference = (one - other).norm() / other.norm()
        assert difference < 0.006  # values of bfloat16 have 8 bits
    with torch.no_grad():
        assert torch.equal(ours(x), theirs(x))  # what is predicted is never rounded


def test_an_input_that_needs_no_gradient_gets_none() -> None:
    layer, x = Linear(3, 2), torch.ones(4, 3)
    layer(x).sum().backward()
    assert x.grad is None
    assert layer.weight.grad is not None
    torch.testing.assert_close(layer.weight.grad, torch.full((2, 3), 4.0))


@pytest.mark.skipif(not ONEDNN, reason="this torch was built without oneDNN")
def test_a_recorded_pass_goes_through_onednn() -> None:
    out = Linear(3, 2)(torch.ones(4, 3))
    assert type(out.grad_fn).__name__ == "_RecordedBackward"


def test_without_gradients_it_is_torch_to_the_bit() -> None:
    layer, x = Linear(64, 32), torch.randn(33, 64)
    with torch.no_grad():
        assert torch.equal(layer(x), nn.functional.linear(x, layer.weight, layer.bias))


def test_an_empty_input_has_an_empty_answer() -> None:
    assert Linear(3, 2)(torch.empty(0, 3)).shape == (0, 2)


@pytest.mark.parametrize(
    ("rows", "full"), [(1, STEP), (STEP, STEP), (STEP + 1, 2 * STEP), (MANY + 1, MANY + 8 * STEP)]
)
def test_rows_are_filled_up_with_zeros(rows: int, full: int) -> None:
    found = filled(torch.ones(rows, 2))
    assert found.shape == (full, 2)
    assert found[rows:].abs().sum() == 0


@pytest.mark.parametrize("width", [1, 6])
@pytest.mark.parametrize("rows", [1, 50])
def test_prelu_and_its_gradients_are_those_of_torch(rows: int, width: int) -> None:
    torch.manual_seed(rows + width)
    ours, theirs = PReLU(width), nn.PReLU(width)
    with torch.no_grad():
        ours.weight.copy_(torch.linspace(-0.5, 1.5, width))
    theirs.load_state_dict(ours.state_dict())
    x, pull = torch.randn(rows, 6), torch.randn(rows, 6)
    x[0, 0] = 0  # counts as below, as there
    found, expected = learned(ours, x, pull), learned(theirs, x, pull)
    assert torch.equal(found[0], expected[0])
    for one, other in zip(found[1:], expected[1:], strict=True):
        torch.testing.assert_close(one, other)
