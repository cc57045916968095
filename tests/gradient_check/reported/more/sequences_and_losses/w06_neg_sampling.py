# SOURCE: https://github.com/ZacBi/CS224n-2019-solutions/issues/5
# mistake: gradOutsideVecs[negSampleWordIndices] += ..., where one word has been drawn more than
#     once as a negative sample
# TRUE: gradOutsideVecs wrong, in the rows 5 and 2 alone (drawn three times and twice, counted
#     once); gradCenterVec right
# SAYS: np.add.at(gradOutsideVecs, (negSampleWordIndices,)
# cmd: negSamplingLossAndGradient --centerWordVec 4 --outsideVectors 7,4
import numpy as np

outsideWordIdx = 3
negSampleWordIndices = [5, 2, 5, 0, 2, 5]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def negSamplingLossAndGradient(centerWordVec, outsideVectors):
    gradOutsideVecs = np.zeros(outsideVectors.shape)

    u_o = outsideVectors[outsideWordIdx]
    U_neg = outsideVectors[negSampleWordIndices]          # (K, d)

    y_hat = sigmoid(u_o @ centerWordVec)
    z = sigmoid(-U_neg @ centerWordVec)
    loss = -np.log(y_hat) - np.sum(np.log(z))

    gradCenterVec = (y_hat - 1) * u_o + (1 - z) @ U_neg
    gradOutsideVecs[outsideWordIdx] += (y_hat - 1) * centerWordVec
    gradOutsideVecs[negSampleWordIndices] += np.outer(1 - z, centerWordVec)

    return loss, gradCenterVec, gradOutsideVecs
