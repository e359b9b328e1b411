"""Measurements, each beside its floor in the same run. `make bench`; one of them: `python -m bench registration`."""
