"""Whether mpiexec or its like has started this process, beside others of its kind."""

import os

# Where launchers say which process this is, of how many: MPICH, Intel and Microsoft; Open MPI;
# MVAPICH; Slurm's srun.
LAUNCHERS = (
    ("PMI_RANK", "PMI_SIZE"),
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"),
    ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS"),
)


def place():
    """(index, count): which process of an MPI job this is, as its environment says; (0, 1) where
    there is no such job."""
    for index, count in LAUNCHERS:
        place = os.environ.get(index) or "0", os.environ.get(count, "")
        if all(number.isdecimal() for number in place):
            return tuple(map(int, place))
    return 0, 1


def expect_to_share(options):
    """Raise where the processes that mpiexec has started would have nothing in common to do."""
    if options.run.__module__ != "gan_scratch.cli.train":
        raise ValueError(
            "of the commands only train can run under mpiexec, where processes share its batches; "
            "start the others without it"
        )
    if getattr(options, "workers", None) is not None:
        raise ValueError(
            "--workers and mpiexec both say how many processes share a batch; leave --workers out"
        )
