"""What the record says, as frames, statistics and findings that terminal and page both use.

May import: vocabulary, strategies, disk, study, worker, search.
"""
