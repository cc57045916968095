"""Right solutions of assignment 4 that are written otherwise, as replacements in ada's solution."""

PRODUCTS = """dx_dot = dy_dot @ weight.T + dy @ weight_dot.T
    d_weight_dot = x_dot.T @ dy + x.T @ dy_dot
    return dx_dot, d_weight_dot, dy_dot.sum(axis=0)
"""
CENTRED = "return x - x.mean(axis=1, keepdims=True)"
FORWARD = """u = centred(x)
        return u * np.abs(u) / (1 + np.abs(u)), u
"""
BACKWARD = """size = np.abs(cache)
        return centred(dy * size * (2 + size) / (1 + size) ** 2)
"""
TANGENT_BACKWARD = """u, size = cache, np.abs(cache)
        slope, bend = size * (2 + size) / (1 + size) ** 2, 2 * np.sign(u) / (1 + size) ** 3
        return centred(slope * dy_dot + bend * centred(x_dot) * dy)
"""
ACTIVATION = (
    FORWARD
    + "\n    def backward(self, dy, cache):\n        " + BACKWARD
    + '\n    def tangent_forward(self, x_dot, cache):\n        """y_dot."""\n'
    + "        size = np.abs(cache)\n"
    + "        return centred(x_dot) * size * (2 + size) / (1 + size) ** 2\n"
    + "\n    def tangent_backward(self, dy, dy_dot, x_dot, cache):\n"
    + '        """dx_dot, of dx = backward(dy, cache)."""\n        ' + TANGENT_BACKWARD
)
SLOPES = """t = np.tanh(x @ weight + bias)
    return ((1 - t * t) * v) @ weight.T
"""
SLOPES_BACKWARD = """t = np.tanh(x @ weight + bias)
    slope, bend = 1 - t * t, -2 * t * (1 - t * t)
    along = u @ weight  # what u says of each hidden unit
    dh = along * v * bend
    return u.T @ (slope * v) + x.T @ dh, dh.sum(axis=0), (along * slope).sum(axis=0)
"""
PENALTY = """g = slopes(x, weight, bias, v)
    r = np.sqrt((g * g).sum(axis=1, keepdims=True))
    u = 2 * (r - TARGET) / r * g / len(x)
    return ((r - TARGET) ** 2).mean(), *slopes_backward(u, x, weight, bias, v)
"""
FIELD = (
    "return np.stack([sigmoid(-psi * theta) * psi, -sigmoid(psi * theta) * theta - pull], axis=1)\n"
)
RADII = """j = rate * jacobian()
    d_moves = np.eye(2) + np.array([[0, 0], j[1]])
    g_moves = np.eye(2) + np.array([j[0], [0, 0]])
    steps = np.eye(2) + j, g_moves @ d_moves
    return tuple(np.abs(np.linalg.eigvals(step)).max() for step in steps)
"""

RIGHT = {
    "4.1": {
        "einsum": (
            PRODUCTS,
            """dx_dot = np.einsum("nm,dm->nd", dy_dot, weight)
    dx_dot = dx_dot + np.einsum("nm,dm->nd", dy, weight_dot)
    d_weight_dot = np.einsum("nd,nm->dm", x_dot, dy) + np.einsum("nd,nm->dm", x, dy_dot)
    return dx_dot, d_weight_dot, np.einsum("nm->m", dy_dot)
""",
        ),
        "sample after sample": (
            PRODUCTS,
            """dx_dot = np.stack([weight @ b + weight_dot @ a for a, b in zip(dy, dy_dot)])
    d_weight_dot = sum(
        np.outer(b, c) + np.outer(a, d) for a, b, c, d in zip(x, x_dot, dy, dy_dot)
    )
    return dx_dot, d_weight_dot, sum(dy_dot)
""",
        ),
        "one product of arrays side by side": (
            "return x_dot @ weight + x @ weight_dot + bias_dot",
            "return np.hstack([x_dot, x]) @ np.vstack([weight, weight_dot]) + bias_dot",
        ),
        # exact, as a product is linear in each factor; whoever does this knows the product rule
        "differences in one factor at a time": (
            "return x_dot @ weight + x @ weight_dot + bias_dot",
            "return (x + x_dot) @ weight - 2 * (x @ weight) + x @ (weight + weight_dot) + bias_dot",
        ),
        "real and imaginary parts by themselves": (
            "return x_dot @ weight + x @ weight_dot + bias_dot",
            """def times(a, b):
        if not (np.iscomplexobj(a) or np.iscomplexobj(b)):
            return a @ b
        return (a.real @ b.real - a.imag @ b.imag) + 1j * (a.real @ b.imag + a.imag @ b.real)

    return times(x_dot, weight) + times(x, weight_dot) + bias_dot""",
        ),
    },
    "4.2": {
        "the mean by a sum": (
            CENTRED,
            "return x - np.sum(x, axis=1)[:, None] / x.shape[1]",
        ),
        "masks by the sign of u": (
            FORWARD,
            """u = centred(x)
        y, above = np.empty_like(u), u > 0
        y[above] = u[above] ** 2 / (1 + u[above])
        y[~above] = -(u[~above] ** 2) / (1 - u[~above])
        return y, u
""",
        ),
        "the slope is 1 less a square": (
            BACKWARD,
            """slope = 1 - 1 / (1 + np.abs(cache)) ** 2
        return slope * dy - (slope * dy).mean(axis=1, keepdims=True)
""",
        ),
        "f'' by a mask, and P term by term": (
            TANGENT_BACKWARD,
            """size = np.abs(cache)
        slope, bend = 1 - (1 + size) ** -2, 2 * (1 + size) ** -3
        bend[cache < 0] *= -1
        bend[cache == 0] = 0
        return centred(slope * dy_dot) + centred(bend * dy * centred(x_dot))
""",
        ),
        "the cache is a dictionary of all that is needed": (
            ACTIVATION,
            """u = centred(x)
        near = 1 / (1 + np.abs(u))
        cache = {"slope": 1 - near**2, "bend": 2 * np.sign(u) * near**3}
        return np.sign(u) * (np.abs(u) - 1 + near), cache

    def backward(self, dy, cache):
        return centred(cache["slope"] * dy)

    def tangent_forward(self, x_dot, cache):
        return cache["slope"] * centred(x_dot)

    def tangent_backward(self, dy, dy_dot, x_dot, cache):
        return centred(cache["slope"] * dy_dot + cache["bend"] * dy * centred(x_dot))
""",
        ),
        "row after row": (
            TANGENT_BACKWARD,
            """rows = []
        for u, a, b, c in zip(cache, dy, dy_dot, x_dot):
            slope = abs(u) * (2 + abs(u)) / (1 + abs(u)) ** 2
            row = slope * b + 2 * np.sign(u) / (1 + abs(u)) ** 3 * (c - c.mean()) * a
            rows.append(row - row.mean())
        return np.array(rows)
""",
        ),
    },
    "4.3": {
        "tanh' is 1 / cosh^2, which underflows far out": (
            SLOPES,
            """h = x @ weight + bias
    with np.errstate(over="ignore"):
        return np.einsum("nh,dh->nd", v / np.cosh(h) ** 2, weight)
""",
        ),
        "einsum": (
            SLOPES_BACKWARD,
            """t = np.tanh(x @ weight + bias)
    s = (1 - t) * (1 + t)
    d_weight = np.einsum("nd,nh,h->dh", u, s, v, optimize=True)
    d_weight -= 2 * np.einsum("nd,nh->dh", x, (u @ weight) * t * s * v)
    d_bias = -2 * np.einsum("nd,dh,nh,nh,h->h", u, weight, t, s, v, optimize=True)
    return d_weight, d_bias, np.einsum("nd,dh,nh->h", u, weight, s, optimize=True)
""",
        ),
        # the sum of u g is the derivative of sum D along u: its forward tangent goes backward
        "Pearlmutter's way, layer by layer": (
            SLOPES_BACKWARD,
            """t, h_dot = np.tanh(x @ weight + bias), u @ weight
    d_t_dot = np.broadcast_to(v, t.shape)  # of t_dot = (1 - t^2) h_dot, in sum t_dot v
    d_h_dot, d_t = (1 - t**2) * d_t_dot, -2 * t * h_dot * d_t_dot
    d_h = (1 - t**2) * d_t
    return x.T @ d_h + u.T @ d_h_dot, d_h.sum(axis=0), ((1 - t**2) * h_dot).sum(axis=0)
""",
        ),
        "sample after sample": (
            SLOPES_BACKWARD,
            """d_weight, d_bias, d_v = (np.zeros(a.shape) for a in (weight, bias, v))
    for a, b in zip(u, x):
        t = np.tanh(b @ weight + bias)
        slope, along = 1 - t**2, a @ weight
        dh = -2 * t * slope * v * along
        d_weight += np.outer(a, slope * v) + np.outer(b, dh)
        d_bias += dh
        d_v += along * slope
    return d_weight, d_bias, d_v
""",
        ),
        "the norm is NumPy's": (
            PENALTY,
            """g = slopes(x, weight, bias, v)
    r = np.linalg.norm(g, axis=1)
    u = (2 / len(g)) * (1 - TARGET / r)[:, None] * g
    gradients = slopes_backward(u, x, weight, bias, v)
    return (np.mean(np.square(r - TARGET)), *gradients)
""",
        ),
    },
    "4.4": {
        "the sigmoid is made of tanh": (
            FIELD,
            """s = psi * theta
    of_fake = (1 + np.tanh(s / 2)) / 2
    return np.column_stack([psi * (1 + np.tanh(-s / 2)) / 2, -of_fake * theta - pull])
""",
        ),
        "the sigmoid is made of logaddexp": (
            FIELD,
            """s = psi * theta
    field = np.empty((len(s), 2))
    field[:, 0] = psi * np.exp(-np.logaddexp(0, s))
    field[:, 1] = -theta * np.exp(-np.logaddexp(0, -s)) - pull
    return field
""",
        ),
        "point after point": (
            FIELD,
            """both = zip(theta, psi, pull)
    return np.array([[sigmoid(-p * t) * p, -sigmoid(p * t) * t - less] for t, p, less in both])
""",
        ),
        "the Jacobian from the sigmoid": (
            "np.array([[0.0, 0.5], [-0.5, -GAMMA]])",
            "np.array([[0.0, sigmoid(0.0)], [-sigmoid(0.0), -GAMMA]])",
        ),
        "eigenvalues from trace and determinant": (
            RADII,
            """def radius(trace, determinant):
        root = np.emath.sqrt(trace**2 / 4 - determinant)
        return max(abs(trace / 2 + root), abs(trace / 2 - root))

    pull, turn = rate * GAMMA, rate**2 / 4
    return radius(2 - pull, 1 - pull + turn), radius(2 - pull - turn, 1 - pull)
""",
        ),
    },
}
