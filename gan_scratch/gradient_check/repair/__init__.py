"""Where a backward pass is wrong in its source, and how its line would have to read.

Mistakes in code are mostly one edit away from what is right: a factor that is missing, an index, a
sign, another variable of the same shape. So we make such edits, one after the other, run the code
again, and see whether its gradients are then those of the numeric check on every input that was
tried (generate and validate, as in automated program repair; W. Weimer et al., ICSE 2009).

    source      the functions behind a pass, as syntax trees, and as code again
    scene       which expressions can be the wrong one, and what stands in scope there
    edits       what people write instead of what is right, backwards: a generator for each kind
    statements  the same for whole statements: written over, too early, too much
    search      edit, run, compare; what is found is a Mend

Nothing of this knows what kind of layer it looks at.
"""
