# SOURCE: https://github.com/jxgu1016/MNIST_center_loss_pytorch/issues/9 and /issues/16 (centers get
#     the paper's update rule, averaged by 1 + count, in place of the loss's gradient)
# mistake: the gradient of the centers is the update rule of the paper: the sum of differences
#     divided by 1 + count of the class
# TRUE: d centers wrong (class j's row is the sum divided by 1 + n_j where the loss divides by the
#     batch size); d feature right
# SAYS: the division by counts[:, None] is too much, and the division by batch_size is missing
# cmd: center_loss --feature 7,3 --label integers:7 --centers 4,3 --integers 4
import numpy as np


def center_loss(feature, label, centers):
    batch_size = feature.shape[0]
    centers_batch = centers[label]
    loss = ((feature - centers_batch) ** 2).sum() / 2.0 / batch_size

    diff = centers_batch - feature
    counts = np.ones(len(centers))
    np.add.at(counts, label, 1)
    grad_centers = np.zeros_like(centers)
    np.add.at(grad_centers, label, diff)
    grad_centers = grad_centers / counts[:, None]
    grad_feature = -diff / batch_size
    return loss, grad_feature, grad_centers
