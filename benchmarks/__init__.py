"""Measurements of speed, all in one run; `python -m benchmarks` writes docs/performance.md."""
