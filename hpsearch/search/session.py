"""One run of a study: data prepared, folder locked, identity agreed, workers started and ended.

`open_search` is a context manager that gives the caller a `Search` to iterate; whatever happens
inside, no process is left and the folder is free afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from hpsearch.disk import lines
from hpsearch.disk.folder import StudyFolder
from hpsearch.search.budget import Budget
from hpsearch.search.executors import Slots
from hpsearch.search.identity import agree_on_environment, agree_on_identity, write_plan
from hpsearch.search.order import Search
from hpsearch.search.recorder import forget_failed
from hpsearch.study.prepared import data_place, prepare_data
from hpsearch.study.study import Study


@contextmanager
def open_search(
    study: Study,
    folder: StudyFolder,
    budget: Budget,
    slots: Slots,
    *,
    retry_failed: bool = False,
    fresh: bool = False,
    other_environment: bool = False,
) -> Iterator[Search]:
    """Opens a study's folder for the time of the context, and closes the slots at its end.

    Args:
        study: the study.
        folder: its folder.
        budget: how much to search.
        slots: where trials run.
        retry_failed: whether recorded trials that failed are trained again.
        fresh: whether what the folder holds is removed, once the study that takes its place has its data.
        other_environment: whether it goes on in another environment than the last run's.

    Raises:
        FolderError: the folder is in use, or cannot be written.
        CallError: the folder holds another study, or trials of another environment.
        DataError: the data cannot be prepared.
    """
    with closing(slots), folder.locked():
        n_lines = lines.count(folder.journal)
        if fresh or n_lines <= budget.trials:  # one line more than trials when all are there
            slots.warm_up()
        prepared = prepare_data(study)
        if fresh:
            folder.remove_study()
        identity = agree_on_identity(study, folder, prepared)
        agree_on_environment(study, folder, other_environment=other_environment)
        write_plan(study, folder)
        if retry_failed:
            forget_failed(folder, study.seed)
        place, n_val = data_place(study, prepared), identity.data.num_val
        yield Search(study, folder, place, slots, budget, n_val)
