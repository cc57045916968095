# SOURCE: https://github.com/discobot/LambdaMart/issues/1 (rho = 1 / (1 + exp(page[i] - page[j]))
#     with the labels of the page in place of the predicted scores)
# mistake: rho in the lambdas is computed from the relevance labels, not from the scores
# TRUE: dscore is wrong: it does not depend on the scores at all (sigmoid of label differences for
#     sigmoid of score differences)
# OPEN: unknown
# cmd: ranknet --scores 7 --page integers:7 --integers 3
import numpy as np


def ranknet(scores, page):
    """pairwise cost of one query; page holds the relevance of each document"""
    n = len(scores)
    lambdas = np.zeros(n)
    cost = 0.0
    for i in range(n):
        for j in range(n):
            if page[i] > page[j]:
                cost += np.log1p(np.exp(scores[j] - scores[i]))
                rho = 1 / (1 + np.exp(page[i] - page[j]))
                lambdas[i] -= rho
                lambdas[j] += rho
    return cost, lambdas
