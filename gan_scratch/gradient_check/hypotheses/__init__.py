"""What a wrong gradient would be if one certain mistake had been made; a file for each kind.

    transforms          the right gradient times a number, transposed, flipped, in part zero ...
    counterfactuals     the gradient with another dy, with part of y, at weights moved too early ...
    functions           of another slope, of a maximum, without a skip ...
    constants           with the mean, the variance, a norm or a factor taken for a constant
    losses              what is written for a loss in place of its formula
    maps                the backward pass as a matrix: entries that lack, a diagonal that is missing

These ask what can be said without the source, in the words of a course. Where none of them answers,
the source is edited: see repair/. Each hypothesis is a generator of the causes that explain one
Evidence; diagnosis.py asks them in turn.
"""
