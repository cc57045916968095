"""Edits: what stands in the code, and what may have been meant. A generator for each kind.

Each takes a Slot and the Scene and yields (expression to stand there instead, word of the cause,
what is wrong with what stands there now). A new kind of slip is one more generator, and its name in
EDITS. Whether it is the right one is not its business: search.py runs the code and compares.
"""

import ast
from itertools import pairwise, permutations

LEAVES = ast.Name, ast.Attribute, ast.Subscript
INSTEAD = {  # function -> (what may have been meant, word, what is wrong)
    "empty": ("zeros", "uninitialised", "np.empty holds whatever stood in memory"),
    "empty_like": ("zeros_like", "uninitialised", "np.empty_like holds whatever stood in memory"),
    "sum": ("mean", "scale", "a mean belongs where the sum stands"),
    "mean": ("sum", "scale", "a sum belongs where the mean stands"),
    "maximum": ("minimum", "wrong slope", "the minimum belongs where the maximum stands"),
    "minimum": ("maximum", "wrong slope", "the maximum belongs where the minimum stands"),
}
OTHER_SIDE = {
    ast.Gt: ast.Lt, ast.Lt: ast.Gt, ast.GtE: ast.LtE, ast.LtE: ast.GtE, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}  # fmt: skip
AXES = (
    "0", "1", "2", "3", "-1", "(0, 1)", "(0, 2)", "(1, 2)", "(0, 1, 2)", "(0, 2, 3)", "(1, 2, 3)",
    "None",
)  # fmt: skip


class Filled(ast.NodeTransformer):
    """Puts nodes in the place of names."""

    def __init__(self, nodes):
        self.nodes = nodes

    def visit_Name(self, node):
        return self.nodes.get(node.id, node)


def expression(text, **nodes):
    """The tree of a text; where that names one of the `nodes`, the node itself stands."""
    return Filled(nodes).visit(ast.parse(text, mode="eval").body)


def words_of(node):
    """How it is written; a leaf of the Scene knows that."""
    return getattr(node, "words", None) or ast.unparse(node)


def binary(left, operator, right):
    return ast.BinOp(left, operator(), right)


def minus(node):
    return ast.UnaryOp(ast.USub(), node)


def instead(node, meant, word):
    """The edit that puts `meant` in the place of the node."""
    return meant, word, f"{words_of(meant)} belongs where {words_of(node)} stands"


def with_missing(node, what, text, word="scale"):
    """The edit that adds a factor, a division or a term to the node."""
    operator = {"factor": ast.Mult, "division by": ast.Div, "term": ast.Add}[what]
    return binary(node, operator, expression(text)), word, f"the {what} {text} is missing"


def is_a(node, *operators):
    return isinstance(node, ast.BinOp) and isinstance(node.op, operators)


def floats(kind):
    return kind is not None and kind[0] == "f"


def name_of_call(node):
    """"sum" of np.sum(x), of x.sum() and of sum(x)."""
    function = node.func if isinstance(node, ast.Call) else None
    return getattr(function, "attr", getattr(function, "id", ""))


def too_much(slot, scene):
    """A factor, a divisor, a term or a call that does not belong there."""
    node = slot.node
    if isinstance(node, ast.BinOp):
        left, right = ast.unparse(node.left), ast.unparse(node.right)
        if is_a(node, ast.Mult):
            yield node.right, "scale", f"the factor {left} is too much"
            yield node.left, "scale", f"the factor {right} is too much"
        elif is_a(node, ast.Div):
            yield node.left, "scale", f"the division by {right} is too much"
        elif is_a(node, ast.Add, ast.Sub) and scene.kind(node) == ("i", ()):
            yield instead(node, node.left, "wrong index")
        elif is_a(node, ast.Add, ast.Sub):
            yield node.left, "path twice", f"the term {right} is too much"
            rest = minus(node.right) if is_a(node, ast.Sub) else node.right
            yield rest, "path twice", f"the term {left} is too much"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand, "sign", "the minus is too much"
    elif isinstance(node, ast.Call):
        whole = scene.kind(node)
        for argument in node.args if floats(whole) else ():
            if scene.kind(argument) == whole:
                words = f"the call {ast.unparse(node)} is too much"
                yield argument, "local derivative", words
        method = node.func if isinstance(node.func, ast.Attribute) else None
        if method and floats(whole) and floats(scene.kind(method.value)):
            yield method.value, "transposed", f".{method.attr}(...) is too much"


def signs(slot, scene):
    node = slot.node
    if is_a(node, ast.Sub):
        yield binary(node.left, ast.Add, node.right), "sign", "+ belongs where - stands"
        words = "the difference is the wrong way round"
        yield binary(node.right, ast.Sub, node.left), "sign", words
    elif is_a(node, ast.Add):
        yield binary(node.left, ast.Sub, node.right), "sign", "- belongs where + stands"
    elif floats(scene.kind(node)) and is_whole(slot):
        yield minus(node), "sign", "a minus is missing"


def is_whole(slot):
    """Whether a factor put here is none of a product around it, where it would be the same."""
    parent = slot.parent
    others = (ast.Subscript, ast.Compare, ast.keyword, ast.UnaryOp, ast.Attribute, ast.Slice)
    return not is_a(parent, ast.Mult, ast.Div) and not isinstance(parent, others)


def targets_of(statement):
    """What an assignment writes to."""
    targets = getattr(statement, "targets", [getattr(statement, "target", None)])
    return [target for target in targets if target]


def leaves_in(node):
    """What variables, attributes and items it names, as they are written."""
    return {ast.unparse(part) for part in ast.walk(node) if isinstance(part, LEAVES)}


def is_root(slot):
    """Whether it is all that is assigned or returned, or one of several such."""
    return isinstance(slot.parent, (ast.stmt, ast.Tuple, ast.List, ast.Dict))


def operations(slot, scene):
    """Another operation on the same operands."""
    node = slot.node
    if not isinstance(node, ast.BinOp):
        return
    right = ast.unparse(node.right)
    if is_a(node, ast.Mult):
        yield binary(node.left, ast.Div, node.right), "scale", f"* {right} should be / {right}"
    elif is_a(node, ast.Div):
        yield binary(node.left, ast.Mult, node.right), "scale", f"/ {right} should be * {right}"
    elif is_a(node, ast.MatMult):
        words = "the factors are in the wrong order"
        yield binary(node.right, ast.MatMult, node.left), "transposed", words
    elif is_a(node, ast.Add, ast.Sub) and is_a(node.right, ast.Mult, ast.Div):
        product, operator = node.right, type(node.right.op)
        both = ast.BinOp(ast.BinOp(node.left, node.op, product.left), operator(), product.right)
        words = f"a bracket is missing: {ast.unparse(product.right)} belongs to both terms"
        yield both, "local derivative", words
    elif is_a(node, ast.Pow):
        for power in ("1", "2", "3", "-1", "-2", "-3", "-0.5", "-1.5", "0.5", "1.5"):
            if power != ast.unparse(node.right):
                words = f"the power is {power}"
                yield binary(node.left, ast.Pow, expression(power)), "local derivative", words


def conditions(slot, scene):
    node = slot.node
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return
    left, right, same = node.left, node.comparators[0], type(node.ops[0])
    magnitude = expression("abs(left)", left=left)
    sized = None if id(right) in scene.negative else same  # no size is below 0
    for one, operator, words in (
        (left, OTHER_SIDE.get(same), "the comparison is the wrong way round"),
        (magnitude, sized, f"the size of {ast.unparse(left)} is what is to be compared"),
        (minus(left), same, "a sign in the comparison is wrong"),
    ):
        if operator:
            yield ast.Compare(one, [operator()], [right]), "wrong slope", words


def margins(slot, scene):
    """A margin that is missing in a comparison."""
    node = slot.node
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return
    there = scene.everywhere(slot.statement)
    for text in ["1", *(words_of(leaf) for leaf, kind in there if kind == ("f", ()))]:
        for operator in (ast.Add, ast.Sub):
            left = binary(node.left, operator, expression(text))
            words = f"{text} is missing in the comparison"
            yield ast.Compare(left, node.ops, node.comparators), "wrong slope", words


def calls(slot, scene):
    """Another function, or its arguments in another order."""
    node = slot.node
    if not isinstance(node, ast.Call):
        return
    name = name_of_call(node)
    if name in INSTEAD and isinstance(node.func, ast.Attribute):
        meant, word, words = INSTEAD[name]
        other = ast.Attribute(node.func.value, meant, ast.Load())
        yield ast.Call(other, node.args, node.keywords), word, words
    for i, (one, two) in enumerate(pairwise(node.args)):
        swapped = [*node.args[:i], two, one, *node.args[i + 2 :]]
        word = "wrong slope" if name == "where" else "swapped"
        yield ast.Call(node.func, swapped, node.keywords), word, "two arguments are swapped"


def axes(slot, scene):
    """axis=0, and a sum without one."""
    node = slot.node
    if isinstance(slot.parent, ast.keyword) and slot.parent.arg == "axis":
        for text in AXES:
            if text != ast.unparse(node):
                yield expression(text), "wrong axis", f"the axis is {text}"
    elif name_of_call(node) in ("sum", "mean", "max"):
        given, ways = {keyword.arg for keyword in node.keywords}, []
        if "axis" in given and "keepdims" not in given:
            ways = [(node.keywords, "keepdims=True", "keepdims is missing")]
            ways += [([], f"axis={axis}, keepdims=True", f"it goes over axis={axis} with keepdims")
                     for axis in AXES]
        elif "axis" not in given:
            ways = [(node.keywords, f"axis={axis}{more}", f"axis={axis} is missing")
                    for axis in AXES for more in ("", ", keepdims=True")]
        for old, new, words in ways:
            keywords = [*old, *expression(f"f({new})").keywords]
            yield ast.Call(node.func, node.args, keywords), "wrong axis", words


def transposes(slot, scene):
    node, kind = slot.node, scene.kind(slot.node)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value, "transposed", "the transpose is too much"
    elif floats(kind) and isinstance(node, (*LEAVES, ast.Call)):
        if len(kind[1]) == 2:
            yield ast.Attribute(node, "T", ast.Load()), "transposed", "a transpose is missing"
        for text in ("[:, None]", "[:, None, None]") if len(kind[1]) == 1 else ():
            words = f"{ast.unparse(node)} belongs along another axis"
            yield expression(f"v{text}", v=node), "wrong axis", words


def rearranged(slot, scene):
    """Axes that are only reshaped, or exchanged in another order than the code does elsewhere."""
    node, kind = slot.node, scene.kind(slot.node)
    base, steps = chain(node)
    if not steps or not floats(kind) or isinstance(slot.parent, ast.Attribute):
        return
    said = ast.unparse(node)
    for other in scene.chains():
        meant = on(base, other)
        if ast.unparse(meant) != said:
            yield meant, "transposed", f"the axes come in the order of {ast.unparse(meant)}"
    for order, step in transpositions(scene.kind(base)):
        words = f"transpose{order} is missing before it"
        yield on(base, [step, *steps]), "transposed", words
    kept = steps[:-1] if steps[-1][0] == "transpose" else steps
    for order, step in transpositions(kind):
        meant = on(base, [*kept, step])
        if ast.unparse(meant) != said:
            yield meant, "transposed", f"transpose{order} belongs there"


def transpositions(kind):
    """(order of axes, the step of a chain that brings them into it) but for the order they have."""
    axes = range(len(kind[1]) if kind else 0)
    for order in [*permutations(axes)][1:] if 1 < len(axes) < 5 else ():
        yield order, ("transpose", [ast.Constant(i) for i in order], [])


def flips(slot, scene):
    node, kind = slot.node, scene.kind(slot.node)
    part = isinstance(node, ast.Subscript)
    if floats(kind) and isinstance(node, LEAVES) and (part or len(kind[1]) != 2):
        axes = [*range(len(kind[1])), (-2, -1), (0, 1)]
        for axis in axes if len(kind[1]) > 1 else axes[:1]:
            words = f"{ast.unparse(node)} is to be turned round along axis {axis}"
            yield expression(f"np.flip(v, {axis})", v=node), "flipped", words


REARRANGES = ("reshape", "transpose", "swapaxes")


def chain(node):
    """(x, what is done with it) of x.reshape(...).transpose(...)."""
    steps = []
    while name_of_call(node) in REARRANGES and isinstance(node.func, ast.Attribute):
        if getattr(node.func.value, "id", "") in ("np", "numpy"):
            break
        steps.insert(0, (node.func.attr, node.args, node.keywords))
        node = node.func.value
    return node, steps


def on(node, steps):
    for name, arguments, keywords in steps:
        node = ast.Call(ast.Attribute(node, name, ast.Load()), list(arguments), list(keywords))
    return node


def indices(slot, scene):
    """Another loop variable, an index that is one off, another slice of the same code."""
    node, kind = slot.node, scene.kind(slot.node)
    if isinstance(slot.parent, ast.Compare):
        return
    if isinstance(node, ast.Slice):
        for other in scene.slices(slot):
            words = f"[{ast.unparse(other)}] belongs where [{ast.unparse(node)}] stands"
            yield other, "wrong index", words
    if isinstance(node, ast.Subscript) and is_a(node.slice, ast.Sub) and floats(kind):
        words = f"{ast.unparse(node)} is the last of all where the index is -1"
        meant = expression("item if index >= 0 else 0 * item", item=node, index=node.slice)
        yield meant, "wrong index", words
    if kind != ("i", ()):
        return
    near, whole = [], [leaf for leaf, other, _ in scene.in_scope(slot) if other == kind]
    if isinstance(node, ast.Name):
        near = [leaf for leaf in whole if isinstance(leaf, ast.Name) and leaf.id != node.id]
    if is_a(node, ast.Mod, ast.FloorDiv):
        whole += [binary(a, ast.FloorDiv, b) for a in whole for b in whole if a is not b]
        near = [binary(node.left, op, n) for op in (ast.FloorDiv, ast.Mod) for n in whole]
    elif isinstance(node, ast.Constant):
        near = [ast.Constant(node.value + step) for step in (1, -1)]
    elif isinstance(node, ast.Name) or is_a(node, ast.Add, ast.Sub):
        near += [binary(node, operator, ast.Constant(1)) for operator in (ast.Add, ast.Sub)]
    for other in near:
        yield instead(node, other, "wrong index")


def strides(slot, scene):
    """A position that is to be multiplied by a step, or by one that is in scope."""
    node = slot.node
    if scene.kind(node) == ("i", ()) and isinstance(node, ast.Name) and is_whole(slot):
        for leaf, other, _ in scene.in_scope(slot):
            if other == ("i", ()) and not isinstance(leaf, ast.Subscript):
                yield instead(node, binary(node, ast.Mult, leaf), "stride")


def without_the_first(slot, scene):
    """A bias that stands first among the weights, and does not belong in the weight decay."""
    node, kind = slot.node, scene.kind(slot.node)
    if floats(kind) and isinstance(node, LEAVES):
        v = ast.unparse(node)
        for text, axes, words in (
            (f"np.r_[0, {v}[1:]]", 1, "number"),
            (f"np.c_[0 * {v}[:, :1], {v}[:, 1:]]", 2, "column"),
            (f"np.r_[0 * {v}[:1], {v}[1:]]", 2, "row"),
        ):
            if len(kind[1]) == axes:
                words = f"the first {words} of {v} does not count here, as a bias in a decay"
                yield expression(text), "weight decay", words


def variables(slot, scene):
    """Another variable of the same shape; a sum where a size divides."""
    node, kind = slot.node, scene.kind(slot.node)
    if kind == ("i", ()) and divides(slot) and isinstance(node, LEAVES):
        kind = ("f", ())
    begins = name_of_call(node).startswith("zeros") and isinstance(slot.parent, ast.stmt)
    if kind is None or kind[0] == "i" and not isinstance(node, ast.Subscript):
        return
    said = ast.unparse(node)
    for leaf, other, late in scene.in_scope(slot) if begins or isinstance(node, LEAVES) else ():
        if other == kind and words_of(leaf) != said and not late:
            yield instead(node, leaf, "wrong input")


def divides(slot):
    """Whether something is divided by it."""
    return isinstance(getattr(slot.parent, "op", None), ast.Div) and slot.field != "left"


def broadcasts(kind, shape):
    """Whether a factor of this kind leaves the shape as it is."""
    if len(kind[1]) > len(shape):
        return False
    return all(a in (1, b) for a, b in zip(kind[1][::-1], shape[::-1], strict=False))


def slopes_of(leaf, kind, shape):
    """What of a variable may be a factor of something of this shape: itself, and the derivatives of
    nonlinearities of which it is the output or the input."""
    v = words_of(leaf)
    if not broadcasts(kind, shape):
        return [f"{v}[..., None]"] if kind[1] and kind[1] == shape[:-1] else []
    if kind[0] == "b":
        return [v, f"~{v}"]
    if kind[0] == "i":
        return [v] if kind[1] else []
    if not kind[1] or isinstance(leaf, ast.Call):
        return [v, f"(1 - {v})"]
    return [v, f"{v} * (1 - {v})", f"(1 - {v}**2)", f"({v} > 0)", f"({v} < 1)", f"({v} > -1)",
            f"(1 - {v})", f"(1 + {v})"]


def factors_missing(slot, scene):
    """A factor that is missing: a variable, or the derivative of a nonlinearity."""
    node, kind = slot.node, scene.kind(slot.node)
    if not floats(kind) or not is_whole(slot):
        return
    own = leaves_in(node)
    target = getattr(slot.statement, "targets", [None])[0]
    spread = kind[1] == () and isinstance(target, ast.Subscript) and is_root(slot)  # a[i] = 1
    for leaf, other, late in scene.in_scope(slot):
        for text in slopes_of(leaf, other, other[1] if spread else kind[1]) if not late else ():
            word = "derivative not applied" if other[1] else "scale"
            yield with_missing(node, "factor", text, word)
        divides = other[0] == "f" and not late and words_of(leaf) not in own
        for text in slopes_of(leaf, other, kind[1])[:1] if divides else ():
            yield with_missing(node, "division by", text)


def factors_wrong(slot, scene):
    """A factor in the place of another."""
    node, kind = slot.node, scene.kind(slot.node)
    if not is_a(node, ast.Mult) or not floats(kind):
        return
    for rest, wrong in ((node.left, node.right), (node.right, node.left)):
        for leaf, other, late in scene.in_scope(slot):
            for text in slopes_of(leaf, other, kind[1]) if not late else ():
                words = f"{text} belongs where {ast.unparse(wrong)} stands"
                yield binary(rest, ast.Mult, expression(text)), "local derivative", words


def softmaxes(slot, scene):
    """The derivative of a softmax taken number by number."""
    node, kind = slot.node, scene.kind(slot.node)
    if not floats(kind) or not kind[1] or not is_a(node, ast.Mult, ast.Sub):
        return
    parts = [node]
    while is_a(parts[0], ast.Mult):
        parts = [parts[0].left, parts[0].right, *parts[1:]]
    for leaf, other, _ in scene.in_scope(slot):
        v = words_of(leaf)
        rest = [ast.unparse(part) for part in parts if ast.unparse(part) not in (v, f"1 - {v}")]
        if other == kind and rest and len(rest) < len(parts):
            d = " * ".join(f"({part})" if " " in part else part for part in rest)
            text = f"{v} * ({d} - ({d} * {v}).sum(axis=-1, keepdims=True))"
            words = f"each number of the softmax {v} depends on all of its row"
            yield expression(text), "off-diagonal", words


def terms_missing(slot, scene):
    """A term that is missing: what comes along another way, perhaps from the round before."""
    node, kind = slot.node, scene.kind(slot.node)
    inner = isinstance(node, (*LEAVES, ast.UnaryOp))
    if not floats(kind) or not (inner or is_root(slot)):
        return
    if is_a(slot.parent, ast.Add, ast.Sub) or isinstance(slot.parent, ast.Compare):
        return
    own = leaves_in(node)  # x - x would be nothing
    for leaf, other, late in scene.in_scope(slot):
        if other == kind and (not late or isinstance(leaf, ast.Name)) and words_of(leaf) not in own:
            words = f"the term {words_of(leaf)} is missing"
            if late:
                words += ", from the round of the loop before, 0 in the first"
            term = ast.Name(leaf.id, ast.Load()) if late else leaf
            term.begins_at_0 = late
            yield binary(node, ast.Add, term), "path missing", words
            if not late:
                words = f"{words_of(leaf)} is to be taken off"
                yield binary(node, ast.Sub, term), "path missing", words


def products_missing(slot, scene):
    """A term that is missing: a matrix's gradient along another way, aᵀ b or a bᵀ."""
    node, kind = slot.node, scene.kind(slot.node)
    if not floats(kind) or len(kind[1]) != 2 or not (is_root(slot) or is_a(node, ast.MatMult)):
        return
    for text in products(kind, scene.everywhere(slot.statement)):
        yield with_missing(node, "term", text, "path missing")


def products(kind, leaves):
    """a.T @ b and the like of this kind, of two of the leaves."""
    matrices = [(words_of(leaf), k[1]) for leaf, k in leaves if k[0] == "f" and len(k[1]) == 2]
    for a, (n, rows) in matrices:
        for b, (m, columns) in matrices:
            if a == b:
                continue
            for text, fits in (
                (f"{a}.T @ {b}", n == m and (rows, columns) == kind[1]),
                (f"{a} @ {b}.T", rows == columns and (n, m) == kind[1]),
                (f"{a} @ {b}", rows == m and (n, columns) == kind[1]),
            ):
                if fits:
                    yield text


def derivatives(slot, scene):
    """A function where its derivative belongs."""
    node = slot.node
    if floats(scene.kind(node)) and isinstance(slot.parent, ast.Return):
        v = f"({ast.unparse(node)})"
        for text in (f"1 - {v} ** 2", f"{v} * (1 - {v})"):
            yield expression(text), "local derivative", f"{text} is the derivative"


def doubled(slot, scene):
    """A 2 or a half that is missing, as of a square."""
    if floats(scene.kind(slot.node)) and is_whole(slot):
        for text in ("2", "0.5", "3"):
            other = binary(expression(text), ast.Mult, slot.node)
            yield other, "scale", f"the factor {text} is missing"


def counts(slot, scene):
    """1 where as many belong as there are of something, or in a row, such as violated margins."""
    node, there = slot.node, scene.everywhere(slot.statement)
    if isinstance(node, ast.Constant) and node.value in (1, -1, 1.0):
        sizes = [words_of(leaf) for leaf, other in there if other == ("i", ())]
        for text in [*sizes, *(f"{a} * {b}" for a in sizes for b in sizes if a < b)]:
            yield expression(f"({text})"), "scale", f"{text} belongs where {node.value} stands"
    if scene.kind(node) in (("i", ()), ("f", ())) and isinstance(slot.parent, ast.stmt):
        for leaf, other in there:
            for axis in (0, 1) if len(other[1]) == 2 else ():
                total = expression(f"{words_of(leaf)}.sum(axis={axis})")
                words = f"{ast.unparse(total)} belongs where 1 stands"
                yield binary(node, ast.Mult, total), "missing sum", words


def partial_windows(slot, scene):
    """A number for a size that what is written to does not have everywhere: windows that reach
    beyond the border hold less."""
    window = (targets_of(slot.statement) or [None])[0]
    if not isinstance(window, ast.Subscript) or ":" not in ast.unparse(window.slice):
        return
    if scene.kind(slot.node) not in (("i", ()), ("f", ())) or isinstance(slot.parent, ast.Slice):
        return
    window, said = ast.unparse(window), ast.unparse(slot.node)
    sizes = [
        f"{window}.shape[-1]", f"{window}.shape[0]", f"{window}[0].size",
        f"np.prod({window}.shape[-2:])", f"np.prod({window}.shape[1:3])",
    ]
    for text in [*sizes, *(f"1 / {size}" for size in sizes)]:
        words = f"{said} is not the size of each window: some reach beyond the border"
        yield expression(text), "wrong count", words


def sizes(slot, scene):
    """A factor that is a size, or a mean's division by one."""
    node = slot.node
    if not floats(scene.kind(node)) or not is_root(slot):
        return
    texts = []
    for leaf, other, late in scene.in_scope(slot):
        if other == ("i", ()) and not late and not isinstance(leaf, ast.Subscript):
            n = words_of(leaf)
            texts += [n, f"({n} / ({n} - 1))", f"(({n} - 1) / {n})"]
        elif other[0] == "f" and isinstance(leaf, ast.Name) and not late:
            texts += [f"{leaf.id}.shape[{axis}]" for axis in range(len(other[1]))]
    for text in texts:
        yield with_missing(node, "division by", text)
        yield with_missing(node, "factor", text)


# What needs no other variable, then what does; those of the statement itself before all in scope.
PLAIN = (
    too_much, signs, doubled, derivatives, conditions, calls, operations, transposes, rearranged,
    flips, axes, indices,
)  # fmt: skip
WITH_OWN = (variables, softmaxes, factors_wrong, factors_missing)
WITH_ALL = (terms_missing, margins, sizes, partial_windows, strides, counts)
WITH_OTHERS = (indices, variables, factors_missing)
RARE = (without_the_first, products_missing)
