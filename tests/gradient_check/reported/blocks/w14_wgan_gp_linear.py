# SOURCE: WGAN-GP by hand for a linear critic, where grad_x f = w; the penalty is often got wrong
#     (norm and its axis: https://github.com/caogang/wgan-gp/issues/25 ); this slip in its
#     derivative: known slip
# mistake: d||w||/dw is taken as w instead of w / ||w||
# TRUE: dw is wrong (the penalty's part is ||w|| times too large); dreal and dfake are right
# SAYS: the division by grad_norm is missing
# cmd: critic_loss --w 5 --real 4,5 --fake 6,5
import numpy as np


def critic_loss(w, real, fake, lam=10.0):
    """f(x) = w.x ; E f(fake) - E f(real) + lam (|grad f| - 1)^2"""
    f_real, f_fake = real @ w, fake @ w
    grad_norm = np.sqrt(np.sum(w ** 2))
    gp = (grad_norm - 1) ** 2
    loss = f_fake.mean() - f_real.mean() + lam * gp

    dw = fake.mean(axis=0) - real.mean(axis=0)
    dw = dw + lam * 2 * (grad_norm - 1) * w
    dreal = -np.tile(w, (len(real), 1)) / len(real)
    dfake = np.tile(w, (len(fake), 1)) / len(fake)
    return loss, (dw, dreal, dfake)
