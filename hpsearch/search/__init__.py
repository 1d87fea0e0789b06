"""The search itself: ask, dispatch, tell and record in trial order, and the processes that trials run in.

May import: vocabulary, strategies, disk, study, worker.
"""
