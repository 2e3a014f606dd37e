"""Seconds of the stages, added up over levels."""

from hilander.hierarchy.progress import Progress, Stopwatch


def test_the_time_until_the_next_record_belongs_to_the_stage_that_was_told():
    told = []
    watch = Stopwatch(told.append)
    records = [
        ("knn", 0.0),
        ("knn", 2.0),
        ("links", 3.0),
        ("merge", 7.0),
        ("knn", 7.5),
        ("links", 9.5),
        ("done", 10.0),
    ]
    for stage, seconds in records:
        watch(Progress(1, stage, 5, 0, 0, seconds, 0.0))
    assert watch.seconds == {"knn": 5.0, "links": 4.5, "merge": 0.5}
    assert [(one.stage, one.seconds) for one in told] == records
