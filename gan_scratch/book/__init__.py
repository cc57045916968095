"""The book's workshop: what the chapters in notebooks/ call beside the library itself.

    pages.py         pictures with words for those who cannot see them, the library's own source
    exercises/       one file a chapter: what is right about an answer, and what is wrong with it
    playground.py    D as a heat map and the fakes with their gradients, to be played step by step
    board.py         the same with buttons and settings
    shelf.py         where the chapters are, and how they are copied for a reader
"""
