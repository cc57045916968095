"""Wrong layers, and the right ones that they were made from, as students write them.

    right.py        plain classes and functions in the styles that courses use, all correct
    sound.py        runs on right layers, of which nothing is to be said
    mistake.py      how a mistake is written down, and how they are cut in two
    flat.py         mistakes in dense layers, activations and embeddings
    images.py       mistakes in convolutions and what resizes images
    statistics.py   mistakes in normalization
    games.py        mistakes in losses, penalties and steps of the game

    second.py       mistakes in images and statistics, by somebody who had not seen the diagnosis
    third.py        mistakes in blocks, activations and images, by two others
    homework.py     mistakes of ordinary homework in all of these, by three others
    classroom.py    more of it, by three others
    exam.py         more of it, by three others, when the checker had learnt from all above
    seminar.py      mistakes in what papers add: attention, gates, layers of GANs, by three others

All but the last six were written before the diagnosis. Each mistake names the cause that a
teacher would name.
"""
