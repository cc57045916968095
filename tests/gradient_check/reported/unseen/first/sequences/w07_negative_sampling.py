# SOURCE: https://github.com/ZacBi/CS224n-2019-solutions/issues/5 (word2vec.py line 147:
#     gradOutsideVecs[negSampleWordIndices] += np.outer(...))
# mistake: += with an index array: a word that is sampled several times as a negative one is counted
#     once
# TRUE: wrong: gradOutsideVecs, in the rows of negatives drawn more than once (only the last one
#     counts). Right: gradCenterVec.
# SAYS: np.add.at adds each time
# cmd: neg_sampling_loss --centerWordVec 5 --outsideVectors 4,5 --indices integers:7 --integers 4
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def neg_sampling_loss(centerWordVec, outsideVectors, indices):
    """indices: the outside word first, then the K negative samples"""
    outsideWordIdx, negSampleWordIndices = indices[0], indices[1:]
    gradOutsideVecs = np.zeros(outsideVectors.shape)

    y = sigmoid(np.dot(outsideVectors[outsideWordIdx], centerWordVec))
    z = sigmoid(-np.dot(outsideVectors[negSampleWordIndices], centerWordVec))
    loss = -np.log(y) - np.sum(np.log(z))

    gradCenterVec = (y - 1) * outsideVectors[outsideWordIdx]
    gradCenterVec = gradCenterVec + np.dot(1 - z, outsideVectors[negSampleWordIndices])

    gradOutsideVecs[negSampleWordIndices] += np.outer(1 - z, centerWordVec)
    gradOutsideVecs[outsideWordIdx] += (y - 1) * centerWordVec
    return loss, gradCenterVec, gradOutsideVecs
