"""How the learning rate changes: a factor for each progress in [0, 1), times the first rate."""


def constant(progress):
    """1 all the way."""
    return 1.0


def linear(progress):
    """1 - progress: down to 0 at the last step."""
    return 1.0 - progress


SCHEDULES = {"constant": constant, "linear": linear}
