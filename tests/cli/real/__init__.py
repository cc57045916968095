"""The command line on real folders, real disks and real signals, seen from outside only."""
