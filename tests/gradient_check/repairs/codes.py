"""Layers in the ways that people write code, each with the same slip in the line marked `# here`.

`WAYS` are mended there; `LEFT_ALONE` are read or run in a way in which nothing is edited.
"""

import functools

import numpy as np

from repairs import helpers

WAYS, LEFT_ALONE = [], []


def mended(kind):
    WAYS.append(kind)
    return kind


def left_alone(kind):
    LEFT_ALONE.append(kind)
    return kind


def same(function):
    @functools.wraps(function)
    def around(*arguments, **named):
        return function(*arguments, **named)

    return around


class Square:
    def forward(self, x):
        return x * x, x

    def backward(self, dy, x):
        return 2 * dy * x


@mended
class Method(Square):
    def backward(self, dy, x):
        return 2 * dy * x * x  # here


@mended
class OfItsBase(Method):
    pass


@mended
class WithSuper(Square):
    def backward(self, dy, x):
        return super().backward(dy, x) + dy  # here


@mended
class Mangled(Square):
    __two = 2

    def __init__(self):
        self.__one = 1.0 * np.ones(4)
        self.__one.flags.writeable = False

    def backward(self, dy, x):
        return self.__two * dy * x * x * self.__one  # here


@mended
class Static(Square):
    @staticmethod
    def slope(x):
        return 2 * x * x  # here

    def backward(self, dy, x):
        return dy * self.slope(x)


@mended
class OfTheClass(Square):
    two = 2

    @classmethod
    def slope(cls, x):
        return cls.two * x * x  # here

    def backward(self, dy, x):
        return dy * self.slope(x)


@mended
class Property(Square):
    def forward(self, x):
        self.x = x
        return x * x

    @property
    def slope(self):
        return 2 * self.x * self.x  # here

    def backward(self, dy):
        return dy * self.slope


@mended
class Decorated(Square):
    @same
    @same
    def backward(self, dy, x):
        return 2 * dy * x * x  # here


@mended
class Nested(Square):
    def backward(self, dy, x):
        def slope(of):
            return 2 * of * x  # here

        return dy * slope(x)


@mended
class Closure(Square):
    def __init__(self):
        two = 2

        def slope(x):
            return two * x * x  # here

        self.slope = slope

    def backward(self, dy, x):
        return dy * self.slope(x)


@mended
class Recursive(Square):
    def power(self, x, n):
        return x * self.power(x, n - 1) if n else x

    def backward(self, dy, x):
        return 2 * dy * self.power(x, 1)  # here


@mended
class Generator(Square):
    def rows(self, dy, x):
        for one, of in zip(dy, x, strict=True):
            yield 2 * one * of * of  # here

    def backward(self, dy, x):
        return np.stack(list(self.rows(dy, x)))


@mended
class Comprehension(Square):
    def backward(self, dy, x):
        return np.stack([2 * a * b * b for a, b in zip(dy, x, strict=True)])  # here


@mended
class SeveralLines(Square):
    def backward(self, dy, x):
        text = """
    a text that is
not indented"""
        assert text
        return 2 * (  # here
            dy
            * x * x
        )


@mended
class WithADocstring(Square):
    def backward(self, dy, x):
        """A gradient.

        And more about it.
        """
        return 2 * dy * x * x  # here


@mended
class ByAnotherName(Square):
    def backprop(self, dy, x):
        return 2 * dy * x * x  # here

    backward = backprop


def made(two):
    def slope(x):
        return two * x * x  # here

    return slope


@mended
class SeveralClosures(Square):
    def __init__(self):
        self.slopes = [made(two) for two in (0.7, 0.9, 0.4)]

    def backward(self, dy, x):
        return dy * sum(slope(x) for slope in self.slopes)


@mended
class OfAnotherModule(Square):
    def backward(self, dy, x):
        return helpers.times_too_much(dy, x)


@left_alone
class While(Square):
    def backward(self, dy, x):
        n = 1
        while n:
            n -= 1
        return 2 * dy * x * x


@left_alone
class Lambda(Square):
    def __init__(self):
        self.backward = lambda dy, x: 2 * dy * x * x


@left_alone
class WhileInside(Square):
    def backward(self, dy, x):
        def slope():
            n = 1
            while n:
                n -= 1
            return 2 * x * x

        return dy * slope()


TEXT = """
class OfAText(Square):
    def backward(self, dy, x):
        return 2 * dy * x * x
"""
exec(TEXT)
left_alone(OfAText)  # noqa: F821
