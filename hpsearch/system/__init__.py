"""All that differs between operating systems, each with what it comes to where a system lacks it.

follow_parent, exit_if_orphaned  (parent.py)         a worker does not outlive its coordinator
limited, can_be_limited, peak    (memory.py)         how much memory a process takes, and may take
most_open                        (memory.py)         how many files it may have open
interrupts_blocked, send_to_main (interrupts.py)     Ctrl-C waits, or comes again
kill, start_apart, n_cores       (processes.py)      processes beside this one
left_by_dead                     (semaphores.py)     semaphores in shared memory
replace, open_to_append, sync_folder  (files.py)     how files get to the disk

The lock of a file is in `nets/locks.py`, since nets need it too. No other module imports what one system
alone has.

May import: the vocabulary.
"""
