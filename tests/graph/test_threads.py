"""Blocks of rows by threads that compute alone: all of them, in order, and the threads are given back."""

import threading
import time

import pytest
import torch

from hilander.graph.threads import AHEAD, BLOCK_VALUES, each_block, in_order, row_blocks

CPU = torch.device("cpu")


def test_blocks_cover_all_rows():
    blocks = row_blocks(1_000_003, 40, CPU)
    assert [rows.start for rows in blocks] == [0, *(rows.stop for rows in blocks[:-1])]
    assert blocks[-1].stop == 1_000_003
    assert max(rows.stop - rows.start for rows in blocks) * 40 <= BLOCK_VALUES["cpu"]
    assert row_blocks(0, 40, CPU) == []
    assert [rows.stop for rows in row_blocks(5, 10**9, CPU)] == [1, 2, 3, 4, 5]
    assert [rows.stop for rows in row_blocks(5, 10**9, CPU, least=2)] == [2, 4, 5]


def test_every_row_is_reached_and_told_in_order_by_threads_that_compute_alone(cores):
    out, seen = torch.zeros(100_000), []

    def count(rows):
        out[rows] += torch.arange(rows.start, rows.stop)
        seen.append((torch.get_num_threads(), threading.current_thread()))

    with torch.inference_mode():
        told = list(each_block(count, row_blocks(len(out), 100, CPU), CPU))
    assert told == sorted(told)
    assert told[-1] == len(out)
    assert torch.equal(out, torch.arange(100_000.0))
    assert {number for number, _ in seen} == {1}
    assert (threading.current_thread() in {thread for _, thread in seen}) == (cores == 1)
    assert torch.get_num_threads() == cores


def test_nothing_is_given_to_threads_while_gradients_are_recorded(cores):
    weight = torch.ones(1, requires_grad=True)
    parts = []
    list(each_block(lambda rows: parts.append(weight * rows.stop), row_blocks(10, 10**6, CPU), CPU))
    torch.stack(parts).sum().backward()
    assert weight.grad == sum(range(1, 11))


def test_what_a_block_raises_is_raised_and_the_others_are_dropped(cores):
    begun = []

    def fail(rows):
        begun.append(rows)
        if rows.start == 3:
            raise ValueError(rows.start)
        time.sleep(0.01)

    blocks = row_blocks(300, 10**6, CPU)
    with pytest.raises(ValueError, match="3"), torch.inference_mode():
        list(each_block(fail, blocks, CPU))
    assert len(begun) < len(blocks) / 2
    assert torch.get_num_threads() == cores


def test_the_threads_are_given_back_by_the_last_of_several_who_ask_at_once():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with torch.inference_mode():
            blocks = row_blocks(10, 10**6, CPU)
            first, second = (each_block(lambda _rows: None, blocks, CPU) for _ in range(2))
            next(first)
            next(second)
            list(first)
            list(second)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


@torch.no_grad()
def test_what_is_made_of_items_comes_in_their_order_and_no_more_is_begun_than_a_few_ahead(cores):
    begun, lock = [], threading.Lock()

    def square(item):
        with lock:
            begun.append(item)
        time.sleep(0.002 * (item % 3))
        return item * item

    for taken, found in enumerate(in_order(square, range(60), CPU)):
        assert found == taken * taken
        with lock:
            assert len(begun) <= taken + 1 + AHEAD * cores
    assert sorted(begun) == list(range(60))
