# SOURCE: https://github.com/lightgbm-org/LightGBM/issues/4357 (the belief that the score difference
#     has to be flipped before the sigmoid for the lower document)
# mistake: for the lower document of a pair the sigmoid is taken of the flipped difference as well
# TRUE: the gradient of the scores is wrong: of each pair the higher one's part is right, the lower
#     one gets sigma(s_high - s_low) in place of 1 - sigma(s_high - s_low) = sigma(s_low - s_high)
# SAYS: np.exp(delta_score)
# cmd: pairwise_logistic --scores 6 --relevance integers:6 --integers 3
import numpy as np


def pairwise_logistic(scores, relevance):
    loss = 0.0
    lambdas = np.zeros_like(scores)
    n_pairs = max(1, sum(relevance[i] > relevance[j] for i in range(len(scores)) for j in range(len(scores))))
    for high in range(len(scores)):
        for low in range(len(scores)):
            if relevance[high] <= relevance[low]:
                continue
            delta_score = scores[high] - scores[low]
            loss += np.log1p(np.exp(-delta_score))
            lambdas[high] -= 1.0 / (1.0 + np.exp(delta_score))
            lambdas[low] += 1.0 / (1.0 + np.exp(-delta_score))
    return loss / n_pairs, lambdas / n_pairs
