"""A proposer that knows what an earlier run of the same search left: as the coordinator makes it."""

from hpsearch.records import Proposal


def take_up(proposer, finished, running):
    """Has a fresh proposer take up the trials of an earlier run, and tells it how the finished ones ended."""
    for number, one in enumerate([*finished, *running]):
        proposer.take_up(number, Proposal(one.params, one.attributes))
    for record in finished:
        proposer.tell(record)
