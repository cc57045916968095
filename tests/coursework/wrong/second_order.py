"""Plausible wrong solutions of assignment 4, as replacements in the solution of student "ada"."""

WRONG = {
    "4.1": {
        "the bias does not move": (
            "return x_dot @ weight + x @ weight_dot + bias_dot",
            "return x_dot @ weight + x @ weight_dot",
        ),
        "the weight is held fixed in y_dot": (
            "return x_dot @ weight + x @ weight_dot + bias_dot",
            "return x_dot @ weight + bias_dot",
        ),
        "x is held fixed in y_dot": (
            "return x_dot @ weight + x @ weight_dot + bias_dot",
            "return x @ weight_dot + bias_dot",
        ),
        # the difference of a whole step, not its derivative
        "y_dot keeps the term of second order": (
            "return x_dot @ weight + x @ weight_dot + bias_dot",
            "return x_dot @ (weight + weight_dot) + x @ weight_dot + bias_dot",
        ),
        "the product rule is f' g' in y_dot": (
            "return x_dot @ weight + x @ weight_dot + bias_dot",
            "return x_dot @ weight_dot + bias_dot",
        ),
        "the weight is held fixed in dx_dot": (
            "dx_dot = dy_dot @ weight.T + dy @ weight_dot.T",
            "dx_dot = dy_dot @ weight.T",
        ),
        "dy is held fixed in dx_dot": (
            "dx_dot = dy_dot @ weight.T + dy @ weight_dot.T",
            "dx_dot = dy @ weight_dot.T",
        ),
        # right as long as D or M is 1
        "weight_dot is reshaped instead of transposed": (
            "dy @ weight_dot.T",
            "dy @ weight_dot.reshape(weight_dot.shape[::-1])",
        ),
        "x is held fixed in d_weight_dot": (
            "d_weight_dot = x_dot.T @ dy + x.T @ dy_dot",
            "d_weight_dot = x.T @ dy_dot",
        ),
        "dy is held fixed in d_weight_dot": (
            "d_weight_dot = x_dot.T @ dy + x.T @ dy_dot",
            "d_weight_dot = x_dot.T @ dy",
        ),
        "both factors get a dot at once in d_weight_dot": (
            "d_weight_dot = x_dot.T @ dy + x.T @ dy_dot",
            "d_weight_dot = x_dot.T @ dy_dot",
        ),
        "d_weight_dot is a mean over the batch": (
            "d_weight_dot = x_dot.T @ dy + x.T @ dy_dot",
            "d_weight_dot = (x_dot.T @ dy + x.T @ dy_dot) / len(x)",
        ),
        "the sums over the batch precede the product": (
            "d_weight_dot = x_dot.T @ dy + x.T @ dy_dot",
            "d_weight_dot = np.outer(x_dot.sum(0), dy.sum(0)) + np.outer(x.sum(0), dy_dot.sum(0))",
        ),
        "d_bias_dot adds dy instead of dy_dot": (
            "dy_dot.sum(axis=0)",
            "dy.sum(axis=0)",
        ),
        "d_bias_dot is a mean": (
            "dy_dot.sum(axis=0)",
            "dy_dot.mean(axis=0)",
        ),
        "d_bias_dot keeps the axis of the batch": (
            "dy_dot.sum(axis=0)",
            "dy_dot.sum(axis=0, keepdims=True)",
        ),
        "d_bias_dot is 0, as the bias enters linearly": (
            "dy_dot.sum(axis=0)",
            "np.zeros_like(dy_dot[0])",
        ),
        "the transpose of the weight is conjugated": (
            "dx_dot = dy_dot @ weight.T + dy @ weight_dot.T",
            "dx_dot = dy_dot @ weight.conj().T + dy @ weight_dot.conj().T",
        ),
        "the transpose of x is conjugated": (
            "d_weight_dot = x_dot.T @ dy + x.T @ dy_dot",
            "d_weight_dot = x_dot.conj().T @ dy + x.conj().T @ dy_dot",
        ),
        "dx_dot keeps its real part only": (
            "return dx_dot, d_weight_dot, dy_dot",
            "return np.real(dx_dot), d_weight_dot, dy_dot",
        ),
        # in a buffer of x's kind, where the weight alone may be complex
        "y_dot gets the dtype of x": (
            "return x_dot @ weight + x @ weight_dot + bias_dot",
            "y_dot = np.zeros((len(x), weight.shape[1]), x.dtype)\n"
            "    y_dot[...] = x_dot @ weight + x @ weight_dot + bias_dot\n"
            "    return y_dot",
        ),
    },
    "4.2": {
        "forward forgets the mean of the row": (
            "u = centred(x)\n        return",
            "u = x\n        return",
        ),
        # right for one row
        "forward takes off the mean of all numbers": (
            "u = centred(x)\n        return",
            "u = x - x.mean()\n        return",
        ),
        "forward loses the sign": (
            "return u * np.abs(u) / (1 + np.abs(u)), u",
            "return u * u / (1 + np.abs(u)), u",
        ),
        "x is cached instead of u": (
            "return u * np.abs(u) / (1 + np.abs(u)), u",
            "return u * np.abs(u) / (1 + np.abs(u)), x",
        ),
        "y is cached instead of u": (
            "return u * np.abs(u) / (1 + np.abs(u)), u",
            "y = u * np.abs(u) / (1 + np.abs(u))\n        return y, y",
        ),
        "u is clipped against an overflow": (
            "u = centred(x)\n        return",
            "u = np.clip(centred(x), -500, 500)\n        return",
        ),
        "backward forgets P": (
            "return centred(dy * size * (2 + size) / (1 + size) ** 2)",
            "return dy * size * (2 + size) / (1 + size) ** 2",
        ),
        "backward puts P before the slope": (
            "return centred(dy * size * (2 + size) / (1 + size) ** 2)",
            "return centred(dy) * size * (2 + size) / (1 + size) ** 2",
        ),
        # 0 / 0 where u is 0
        "the slope is y / u times a factor": (
            "return centred(dy * size * (2 + size) / (1 + size) ** 2)",
            "y = cache * size / (1 + size)\n"
            "        return centred(dy * y / cache * (2 + size) / (1 + size))",
        ),
        # off by 2e-3 at |u| = 21, by 2e-6 at 800
        "the slope far out is set to 1": (
            "return centred(dy * size * (2 + size) / (1 + size) ** 2)",
            "slope = np.where(size > 20, 1, size * (2 + size) / (1 + size) ** 2)\n"
            "        return centred(dy * slope)",
        ),
        "backward makes the cached u positive in place": (
            "size = np.abs(cache)\n        return centred(dy",
            "size = np.abs(cache, out=cache)\n        return centred(dy",
        ),
        "tangent_forward forgets P": (
            "return centred(x_dot) * size * (2 + size) / (1 + size) ** 2",
            "return x_dot * size * (2 + size) / (1 + size) ** 2",
        ),
        "tangent_forward puts P after the slope, like backward": (
            "return centred(x_dot) * size * (2 + size) / (1 + size) ** 2",
            "return centred(x_dot * size * (2 + size) / (1 + size) ** 2)",
        ),
        "tangent_forward takes P twice": (
            "return centred(x_dot) * size * (2 + size) / (1 + size) ** 2",
            "return centred(centred(x_dot) * size * (2 + size) / (1 + size) ** 2)",
        ),
        "f'' has no sign": (
            "2 * np.sign(u) / (1 + size) ** 3",
            "2 / (1 + size) ** 3",
        ),
        "f'' has lost its 2": (
            "2 * np.sign(u) / (1 + size) ** 3",
            "np.sign(u) / (1 + size) ** 3",
        ),
        "f'' has the wrong sign": (
            "2 * np.sign(u) / (1 + size) ** 3",
            "-2 * np.sign(u) / (1 + size) ** 3",
        ),
        # the derivative of 1 / (1 + |u|)^2 with the power left as it is
        "f'' has the power 2": (
            "2 * np.sign(u) / (1 + size) ** 3",
            "2 * np.sign(u) / (1 + size) ** 2",
        ),
        # in a row of equal numbers everything is 0, and this is not a number
        "the sign in f'' is u / |u|": (
            "2 * np.sign(u) / (1 + size) ** 3",
            "2 * u / size / (1 + size) ** 3",
        ),
        "the sign in f'' is 1 where u is exactly 0": (
            "2 * np.sign(u) / (1 + size) ** 3",
            "2 * np.where(u < 0, -1, 1) / (1 + size) ** 3",
        ),
        "the term with f'' is forgotten": (
            "return centred(slope * dy_dot + bend * centred(x_dot) * dy)",
            "return centred(slope * dy_dot)",
        ),
        "the term with dy_dot is forgotten": (
            "return centred(slope * dy_dot + bend * centred(x_dot) * dy)",
            "return centred(bend * centred(x_dot) * dy)",
        ),
        "x_dot is not centred in tangent_backward": (
            "return centred(slope * dy_dot + bend * centred(x_dot) * dy)",
            "return centred(slope * dy_dot + bend * x_dot * dy)",
        ),
        "tangent_backward forgets the outer P": (
            "return centred(slope * dy_dot + bend * centred(x_dot) * dy)",
            "return slope * dy_dot + bend * centred(x_dot) * dy",
        ),
        "the outer P holds for the first term only": (
            "return centred(slope * dy_dot + bend * centred(x_dot) * dy)",
            "return centred(slope * dy_dot) + bend * centred(x_dot) * dy",
        ),
        "dy_dot is centred before the slope": (
            "return centred(slope * dy_dot + bend * centred(x_dot) * dy)",
            "return centred(slope * centred(dy_dot) + bend * centred(x_dot) * dy)",
        ),
        "dy is centred in the term with f''": (
            "return centred(slope * dy_dot + bend * centred(x_dot) * dy)",
            "return centred(slope * dy_dot + bend * centred(x_dot) * centred(dy))",
        ),
        # y_dot = slope x_dot is there already, but f'' wants u_dot
        "f'' is multiplied by y_dot instead of u_dot": (
            "return centred(slope * dy_dot + bend * centred(x_dot) * dy)",
            "return centred(slope * dy_dot + bend * slope * centred(x_dot) * dy)",
        ),
        "dy and dy_dot are swapped": (
            "return centred(slope * dy_dot + bend * centred(x_dot) * dy)",
            "return centred(slope * dy + bend * centred(x_dot) * dy_dot)",
        ),
        "all forward passes share one buffer for u": (
            "u = centred(x)\n        return",
            "if getattr(self, \"buffer\", x[:0]).shape != x.shape:\n"
            "            self.buffer = np.empty_like(x)\n"
            "        u = self.buffer\n"
            "        u[...] = centred(x)\n"
            "        return",
        ),
    },
    "4.3": {
        "the slope has no v": (
            "return ((1 - t * t) * v) @ weight.T",
            "return (1 - t * t) @ weight.T",
        ),
        "the slope takes tanh for its own derivative": (
            "return ((1 - t * t) * v) @ weight.T",
            "return (t * v) @ weight.T",
        ),
        # inf / inf far out
        "tanh is made of exponentials": (
            "t = np.tanh(x @ weight + bias)\n    return (",
            "up, down = np.exp(x @ weight + bias), np.exp(-(x @ weight + bias))\n"
            "    t = (up - down) / (up + down)\n"
            "    return (",
        ),
        "the W in front is forgotten": (
            "return u.T @ (slope * v) + x.T @ dh,",
            "return x.T @ dh,",
        ),
        "the W in h is forgotten": (
            "return u.T @ (slope * v) + x.T @ dh,",
            "return u.T @ (slope * v),",
        ),
        "v is missing beside the W in front": (
            "return u.T @ (slope * v) + x.T @ dh,",
            "return u.T @ slope + x.T @ dh,",
        ),
        # right for one sample
        "u and slope are added up before their product": (
            "return u.T @ (slope * v) + x.T @ dh,",
            "return np.outer(u.sum(axis=0), (slope * v).sum(axis=0)) + x.T @ dh,",
        ),
        "the bias gets no gradient, as in the book": (
            "dh.sum(axis=0), (along * slope)",
            "np.zeros_like(bias), (along * slope)",
        ),
        "the bias's gradient is a mean": (
            "dh.sum(axis=0), (along * slope)",
            "dh.mean(axis=0), (along * slope)",
        ),
        "d_v has v in it": (
            "(along * slope).sum(axis=0)",
            "(along * slope * v).sum(axis=0)",
        ),
        "d_v is taken through tanh, not through its slope": (
            "(along * slope).sum(axis=0)",
            "(along * t).sum(axis=0)",
        ),
        "v is missing from the derivative by h": (
            "dh = along * v * bend",
            "dh = along * bend",
        ),
        "tanh'' has lost its 2": (
            "slope, bend = 1 - t * t, -2 * t * (1 - t * t)",
            "slope, bend = 1 - t * t, -t * (1 - t * t)",
        ),
        "tanh'' is -2 tanh": (
            "slope, bend = 1 - t * t, -2 * t * (1 - t * t)",
            "slope, bend = 1 - t * t, -2 * t",
        ),
        "tanh'' has the wrong sign": (
            "slope, bend = 1 - t * t, -2 * t * (1 - t * t)",
            "slope, bend = 1 - t * t, 2 * t * (1 - t * t)",
        ),
        "slopes_backward is of the mean, and penalty doesn't divide": (
            "return u.T @ (slope * v) + x.T @ dh, dh.sum(axis=0), (along * slope).sum(axis=0)\n\n\n"
            "def penalty(x, weight, bias, v):\n"
            '    """(value, d_weight, d_bias, d_v) of the mean of (|g_n| - k)^2, k = TARGET;\n'
            '    x (N, D), weight (D, H), bias and v (H,). No g_n is 0."""\n'
            "    g = slopes(x, weight, bias, v)\n"
            "    r = np.sqrt((g * g).sum(axis=1, keepdims=True))\n"
            "    u = 2 * (r - TARGET) / r * g / len(x)",
            "u, along, dh = u / len(x), along / len(x), dh / len(x)\n"
            "    return u.T @ (slope * v) + x.T @ dh, dh.sum(axis=0), (along * slope).sum(axis=0)"
            "\n\n\n"
            "def penalty(x, weight, bias, v):\n"
            '    """(value, d_weight, d_bias, d_v) of the mean of (|g_n| - k)^2, k = TARGET;\n'
            '    x (N, D), weight (D, H), bias and v (H,). No g_n is 0."""\n'
            "    g = slopes(x, weight, bias, v)\n"
            "    r = np.sqrt((g * g).sum(axis=1, keepdims=True))\n"
            "    u = 2 * (r - TARGET) / r * g",
        ),
        "the gradients are those of the sum": (
            "u = 2 * (r - TARGET) / r * g / len(x)",
            "u = 2 * (r - TARGET) / r * g",
        ),
        "u has lost its 2": (
            "u = 2 * (r - TARGET) / r * g / len(x)",
            "u = (r - TARGET) / r * g / len(x)",
        ),
        "u is not divided by the norm": (
            "u = 2 * (r - TARGET) / r * g / len(x)",
            "u = 2 * (r - TARGET) * g / len(x)",
        ),
        "u is the gradient of half the squared norm": (
            "u = 2 * (r - TARGET) / r * g / len(x)",
            "u = g / len(x)",
        ),
        "the target is 1 in the gradient": (
            "u = 2 * (r - TARGET) / r * g / len(x)",
            "u = 2 * (r - 1) / r * g / len(x)",
        ),
        "the target is 1 in the value": (
            "return ((r - TARGET) ** 2).mean(), *slopes_backward",
            "return ((r - 1) ** 2).mean(), *slopes_backward",
        ),
        "slopes below the target are not punished": (
            "u = 2 * (r - TARGET) / r * g / len(x)\n    return ((r - TARGET) ** 2).mean()",
            "over = np.maximum(r - TARGET, 0)\n"
            "    u = 2 * over / r * g / len(x)\n    return (over**2).mean()",
        ),
        "the value is a sum": (
            "return ((r - TARGET) ** 2).mean()",
            "return ((r - TARGET) ** 2).sum()",
        ),
        # right for one sample
        "the value compares the mean slope with the target": (
            "return ((r - TARGET) ** 2).mean()",
            "return (r.mean() - TARGET) ** 2",
        ),
        "the norm is taken over all samples at once": (
            "(g * g).sum(axis=1, keepdims=True)",
            "(g * g).sum(keepdims=True)",
        ),
        "the norm is taken along the batch": (
            "(g * g).sum(axis=1, keepdims=True)",
            "(g * g).sum(axis=0, keepdims=True)",
        ),
        "the norm is the root of the mean square": (
            "(g * g).sum(axis=1, keepdims=True)",
            "(g * g).mean(axis=1, keepdims=True)",
        ),
        "the norm is the sum of absolute values": (
            "r = np.sqrt((g * g).sum(axis=1, keepdims=True))",
            "r = np.abs(g).sum(axis=1, keepdims=True)",
        ),
        # wrong for slopes of 1e-4 and less: u is a unit vector times a number, however small g
        "1e-8 is added under the root": (
            "r = np.sqrt((g * g).sum(axis=1, keepdims=True))",
            "r = np.sqrt((g * g).sum(axis=1, keepdims=True) + 1e-8)",
        ),
    },
    "4.4": {
        "the penalty has kept its 1/2 when differentiated": (
            "pull = GAMMA * psi",
            "pull = GAMMA * psi / 2",
        ),
        "the penalty's derivative is 2 gamma psi": (
            "pull = GAMMA * psi",
            "pull = 2 * GAMMA * psi",
        ),
        "the penalty pushes D away from 0": (
            "pull = GAMMA * psi",
            "pull = -GAMMA * psi",
        ),
        "the penalty pulls at its value, not its slope": (
            "pull = GAMMA * psi",
            "pull = GAMMA * psi**2 / 2",
        ),
        "the penalty pulls G's number": (
            "[sigmoid(-psi * theta) * psi, -sigmoid(psi * theta) * theta - pull]",
            "[sigmoid(-psi * theta) * psi - GAMMA * theta, -sigmoid(psi * theta) * theta]",
        ),
        # the same Jacobian at (0, 0)
        "G descends the saturating loss": (
            "sigmoid(-psi * theta) * psi,",
            "sigmoid(psi * theta) * psi,",
        ),
        "D's sigmoid has the wrong sign inside": (
            "-sigmoid(psi * theta) * theta - pull",
            "-sigmoid(-psi * theta) * theta - pull",
        ),
        "the field is the linear one near (0, 0)": (
            "[sigmoid(-psi * theta) * psi, -sigmoid(psi * theta) * theta - pull]",
            "[psi / 2, -theta / 2 - pull]",
        ),
        "both ascend their losses": (
            "[sigmoid(-psi * theta) * psi, -sigmoid(psi * theta) * theta - pull]",
            "[-sigmoid(-psi * theta) * psi, sigmoid(psi * theta) * theta + pull]",
        ),
        "psi_dot stands before theta_dot": (
            "[sigmoid(-psi * theta) * psi, -sigmoid(psi * theta) * theta - pull]",
            "[-sigmoid(psi * theta) * theta - pull, sigmoid(-psi * theta) * psi]",
        ),
        "the field has shape (2, N)": (
            "-sigmoid(psi * theta) * theta - pull], axis=1)",
            "-sigmoid(psi * theta) * theta - pull], axis=0)",
        ),
        # inf / inf where psi theta is below -709
        "the sigmoid overflows": (
            "sigmoid(-psi * theta) * psi,",
            "np.exp(-psi * theta) / (1 + np.exp(-psi * theta)) * psi,",
        ),
        "the Jacobian is transposed": (
            "np.array([[0.0, 0.5], [-0.5, -GAMMA]])",
            "np.array([[0.0, -0.5], [0.5, -GAMMA]])",
        ),
        "the Jacobian has forgotten the penalty": (
            "np.array([[0.0, 0.5], [-0.5, -GAMMA]])",
            "np.array([[0.0, 0.5], [-0.5, 0.0]])",
        ),
        "the penalty has the wrong sign in the Jacobian": (
            "np.array([[0.0, 0.5], [-0.5, -GAMMA]])",
            "np.array([[0.0, 0.5], [-0.5, GAMMA]])",
        ),
        "the penalty's place in the Jacobian is G's": (
            "np.array([[0.0, 0.5], [-0.5, -GAMMA]])",
            "np.array([[-GAMMA, 0.5], [-0.5, 0.0]])",
        ),
        "sigmoid(0) is taken for 1 in the Jacobian": (
            "np.array([[0.0, 0.5], [-0.5, -GAMMA]])",
            "np.array([[0.0, 1.0], [-1.0, -GAMMA]])",
        ),
        "the penalty is halved in the Jacobian": (
            "np.array([[0.0, 0.5], [-0.5, -GAMMA]])",
            "np.array([[0.0, 0.5], [-0.5, -GAMMA / 2]])",
        ),
        "GAMMA is taken to be 0.5 in the Jacobian": (
            "np.array([[0.0, 0.5], [-0.5, -GAMMA]])",
            "np.array([[0.0, 0.5], [-0.5, -0.5]])",
        ),
        "the rate is forgotten in the steps": (
            "j = rate * jacobian()",
            "j = jacobian()",
        ),
        "the simultaneous step has no I": (
            "steps = np.eye(2) + j, g_moves @ d_moves",
            "steps = j, g_moves @ d_moves",
        ),
        "the steps are added instead of composed": (
            "steps = np.eye(2) + j, g_moves @ d_moves",
            "steps = np.eye(2) + j, g_moves + d_moves - np.eye(2)",
        ),
        "the alternating step is two halves of the simultaneous": (
            "steps = np.eye(2) + j, g_moves @ d_moves",
            "steps = np.eye(2) + j, (np.eye(2) + j / 2) @ (np.eye(2) + j / 2)",
        ),
        "the simultaneous step is that of continuous time": (
            "return tuple(np.abs(np.linalg.eigvals(step)).max() for step in steps)",
            "return (\n"
            "        np.exp(np.linalg.eigvals(j).real.max()),\n"
            "        np.abs(np.linalg.eigvals(steps[1])).max(),\n"
            "    )",
        ),
        "D's own move has no penalty in the alternating step": (
            "d_moves = np.eye(2) + np.array([[0, 0], j[1]])",
            "d_moves = np.array([[1.0, 0.0], [j[1, 0], 1.0]])",
        ),
        "G's answer repeats D's penalty": (
            "g_moves = np.eye(2) + np.array([j[0], [0, 0]])",
            "g_moves = np.eye(2) + np.array([j[0], [0, j[1, 1]]])",
        ),
        "the radius takes real parts only": (
            "np.abs(np.linalg.eigvals(step)).max() for step",
            "np.abs(np.linalg.eigvals(step).real).max() for step",
        ),
        "the radius is the largest singular value": (
            "np.abs(np.linalg.eigvals(step)).max() for step",
            "np.linalg.norm(step, 2) for step",
        ),
        # the same for a complex pair; for ada wrong in the alternating step at rates above 2
        "the last eigenvalue is taken instead of the largest": (
            "np.abs(np.linalg.eigvals(step)).max() for step",
            "np.abs(np.linalg.eigvals(step)[-1]) for step",
        ),
        "the determinant is taken for the squared radius": (
            "np.abs(np.linalg.eigvals(step)).max() for step",
            "np.sqrt(np.abs(np.linalg.det(step))) for step",
        ),
    },
}

RIGHT_AFTER_ALL = {
    "4.4": {
        "G moves before D in the alternating step": (
            "g_moves @ d_moves",
            "d_moves @ g_moves",
            "A B and B A have the same eigenvalues, and radii returns nothing but those",
        ),
    },
}

NOT_TESTABLE = {
    "4.3": {
        "1 - tanh^2 cancels far out":
            "where 1 - tanh^2 rounds to 0 the truth is below 1e-16, less than any fair tolerance",
    },
}
