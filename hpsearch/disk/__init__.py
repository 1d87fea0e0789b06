"""What lies on disk, and how it gets there whole: files, locks, the study folder and the journal.

May import: vocabulary, strategies.
"""
