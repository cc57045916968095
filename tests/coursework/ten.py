"""Ten wrong submissions of assignment 1, which docs/teaching.md shows with what is said of them."""

TEN = [  # (task, student, what the solution has, what stands there instead)
    ("1.1", "ada", "self.d_weight += x.T @ dy", "self.d_weight += x.T @ dy / len(x)"),
    ("1.1", "ada", "self.d_bias += dy.sum(axis=0)", "self.d_bias = dy"),
    ("1.1", "ada", "self.d_weight += x.T @ dy", "self.d_weight = x.T @ dy"),
    ("1.1", "ada", "return x @ self.weight + self.bias, x", "return x @ self.weight, x"),
    ("1.2", "ada", "np.where(positive, dy, self.a * dy)", "np.where(positive, dy, self.a)"),
    ("1.2", "ada", "self.a * x), x > 0", "self.a * x), x >= 0"),
    ("1.3", "ada", "return dy * y * (1 - y)", "return dy * (1 - y**2)"),
    ("1.3", "ada", "y = np.where(x >= 0, 1, small) / (1 + small)", "y = 1 / (1 + np.exp(-x))"),
    ("1.4", "ada", "d_score / len(score)", "d_score"),
    ("1.5", "ada", "return dy * gate + d_gate", "dy *= gate; return dy + d_gate"),
]
