"""The real runtime on adapters in memory, under seeded faults (journal.md §9).

`python -m tests.simulation --seed 17 --log` tells one run."""
