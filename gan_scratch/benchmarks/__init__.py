"""Measurements that anyone can make again: `gan-scratch bench`."""
