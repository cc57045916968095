"""The five assignments, one source each; source.py says how to read and write one."""
