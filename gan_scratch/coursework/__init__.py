"""Coursework: five assignments, feedback while a student works, and a grader that trusts nobody.

    assignments/      layers, game, images, second_order, collapse: one source each
    source.py         reads a source: the student's version, the solution, the cases
    cases.py          how a source writes down what the grader runs
    handout.py        the folder that a student gets, and the one that a teacher gets
    notebooks.py      the notebook that leads, and the one for nbgrader
    check.py          the tests of an assignment, run on somebody's module, answered in sentences
    students.py       a student's id: compared, written, read back, and shown harmlessly
    submission.py     the zip that is handed in: packed, and read without trusting it
    sandbox.py        behind the wall: forks the processes that run students' modules
    lock.py           what such a process gives up before it runs a line of the student's
    generators.py     what is drawn where a generator is trained, and how its samples are judged
    remote.py         this side of it: what is asked there, and what comes back
    grader.py         one submission: cases, points, feedback
    gradebook.py      a class: in parallel, interrupted and resumed; the table and the pages
"""
