# SOURCE: https://github.com/deeplearning4j/nd4j/issues/1328 "LossBinaryXENT always returns a
#     gradient of 0 if the label is 0"
# mistake: only the term -label/p of the loss is differentiated; the one of 1 - label is left out
# TRUE: the gradient of preout is wrong where the label is 0 (0 instead of p / n); where the label
#     is 1 it is right.
# OPEN: true: only the labelled score gets a gradient
# cmd: computeScoreAndGradient --preout 5,3 --labels binary:5,3
import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def computeScore(labels, output):
    return -np.mean(labels * np.log(output) + (1 - labels) * np.log(1 - output))


def computeGradient(labels, output):
    dlda = -labels / output
    dadz = output * (1 - output)
    return dlda * dadz / labels.size


def computeScoreAndGradient(preout, labels):
    output = sigmoid(preout)
    return computeScore(labels, output), computeGradient(labels, output)
