"""The door between pages and everything that belongs to somebody: each function takes a `Visit` and checks first.

    visit = Visit(person, workspace)
    datasets.open_dataset(visit, dataset_id);  notes.say(visit, run_id, ...);  jobs.cancel(visit, job_id)

Pages import from here and from nowhere else what reads or writes data (tests/test_door.py walks their imports). A
function says with a decorator of visit.py what it needs; lists are filtered in the database. Commands and the job
process do not come through here: they are the operator of the machine.
"""
