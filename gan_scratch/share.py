"""The share of a batch that this process has, and how it meets the processes that have the others.

A gradient is a sum over samples, so several processes may make one step together. Each plays it by
the ordinary code on its share of the samples. What differs is asked here:

    gather(part)                    what each share has found, for a layer that looks at all samples
    share().weigh(derivatives)      means over the share, as parts of means over the batch
    share().totals(loss, ...)       the batch's losses
    share().add_up(optimizer, ...)  before it moves: the gradients of all shares, added up
    share().once(draw)              what is drawn for all, by one process, and told to the others

Here stands what these are where nobody shares. `training/ranks.py` has the processes.
"""

from contextlib import contextmanager
from contextvars import ContextVar


class Share:
    """All of the batch, in one process.

    index, count    which share this is, of how many
    weight          samples of the share through samples of the batch
    """

    index, count, weight = 0, 1, 1.0

    def gather(self, part):
        """[part of each share], in the order of the samples. Every share must come, each with its
        part of the same."""
        return [part]

    def once(self, draw):
        """draw(), which one process calls for all of them."""
        return draw()

    def rows(self, batch):
        """The rows of the whole batch that are this share's."""
        return batch

    def draws_from(self, rng):
        """The generator, or one that draws for the whole batch and gives the rows of this share."""
        return rng

    def weigh(self, derivatives):
        """Loss and derivatives that are means over the share, as parts of means over the batch."""
        if self.weight == 1:
            return derivatives
        return tuple(self.weight * each for each in derivatives)

    def totals(self, *parts):
        """The sums of what the shares give, each in the order of the samples."""
        return tuple(sum(each[1:], each[0]) for each in zip(*self.gather(parts), strict=True))

    def agree(self, fine):
        """Whether all shares say so."""
        return all(self.gather(bool(fine)))

    def mine(self, piece):
        """The part of a slice that this process is to work on; others have the rest."""
        return piece

    def add_up(self, optimizer, pieces):
        """Add up the gradients of all shares, at least where this process is to move them."""

    def add_up_all(self, optimizer):
        """Add up the gradients of all shares, so that every process has every sum."""

    def meet(self):
        """Go on when all have come here: what they wrote into values before is seen after."""


WHOLE = Share()
_share = ContextVar("share", default=WHOLE)


def share():
    """The share of the batch that is being worked on here; WHOLE outside of a shared step."""
    return _share.get()


def gather(part):
    """[part of each share of the batch], in the order of the samples; [part] where none shares."""
    return _share.get().gather(part)


@contextmanager
def opened(a_share):
    """Inside the block this process works on `a_share`."""
    token = _share.set(a_share)
    try:
        yield a_share
    finally:
        _share.reset(token)


def cut(count, shares):
    """[0, count) cut into at most `shares` runs of about equal length."""
    shares = max(1, min(shares, count))
    ends = [count * index // shares for index in range(shares + 1)]
    return list(zip(ends[:-1], ends[1:], strict=True))
