# %% [markdown]
# # 8. Convolution by hand, and how it became fast
#
# A dense layer ties each pixel to each other one, wherever they are. A convolution looks through a
# small window, and looks the same everywhere. It is one sum. Read three ways, it gives the layer
# and both of its gradients; read backwards, the layer with which generators grow images. Then we
# make it fast, in five steps that never leave NumPy, and your machine says what each of them is
# worth.
#
# After this chapter you can
#
# - write a convolution and its gradients from one sum;
# - say what a transposed convolution is, and where checkerboards come from;
# - explain what one large product, blocks of it and nine products for sixteen each save;
# - cut a batch between processes so that they play the same game as one;
# - measure how long something takes, and mistrust the first number.
#
# You need chapter 3.

# %%
import copy
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import threadpoolctl

from gan_scratch import datasets, layers, losses, recipes
from gan_scratch.benchmarks import convolution as bench
from gan_scratch.book.exercises import check
from gan_scratch.book.pages import film, panels, rounds, source
from gan_scratch.cores import allowed_cores
from gan_scratch.gradient_check import check_functions
from gan_scratch.layers import BatchNorm, Conv2D, ConvTranspose2D, Dense, LeakyReLU, Sequential
from gan_scratch.layers.kernels import loops
from gan_scratch.plots import style
from gan_scratch.plots.figures import as_image, new_figure
from gan_scratch.share import Share, opened
from gan_scratch.training import StepDone, train

# %% [markdown]
# ## One sum
#
# Images are $(N, H, W, C)$, channels last. A kernel of $k \times k$ *taps* holds, for each tap, a
# matrix that takes the $C$ channels of a pixel to the $M$ channels of the output. At the place $o$
# of the output it lies on the pixels from $o\,s$ on, where $s$ is the *stride*, and with a border
# of $p$ zeros around the image,
#
# $$y[o] = \sum_t x[o\,s + t - p]\; W[t] ,$$
#
# $o$ and $t$ being pairs, row and column. All images of the batch go together.

# %%
def windows(padded, k, s):
    """Each place of the output, and what the kernel sees there."""
    rows, columns = (1 + (n - k) // s for n in padded.shape[1:3])
    for i in range(rows):
        for j in range(columns):
            yield i, j, (slice(None), slice(i * s, i * s + k), slice(j * s, j * s + k))


def pad(x, p):
    return np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))


def convolve(x, W, s=1, p=0):
    k = len(W)
    padded = pad(x, p)
    y = np.zeros((len(x), *(1 + (n - k) // s for n in padded.shape[1:3]), W.shape[3]))
    for i, j, window in windows(padded, k, s):
        y[:, i, j] = np.tensordot(padded[window], W, axes=3)
    return y, (padded, W, s, p)


# %% [markdown]
# By hand we choose three kernels. The first subtracts the pixel on the left from the one on the
# right, the second the one above from the one below, the third takes the mean of nine.
#
# **Predict.** Ink is 1 and paper is -1. Where is the first positive?

# %%
digit = datasets.load("digits").images[5:6].astype("float64")
kernels = np.zeros((3, 3, 1, 3))
kernels[1, 0, 0, 0], kernels[1, 2, 0, 0] = -1, 1
kernels[0, 1, 0, 1], kernels[2, 1, 0, 1] = -1, 1
kernels[:, :, 0, 2] = 1 / 9
seen, _ = convolve(digit, kernels)

alt = """A digit; then where ink begins from the left (blue) and ends (red), from
above, and the digit blurred"""
with panels(4, alt=alt, size=(2.0, 2.1)) as board:
    board[0].imshow(-digit[0, :, :, 0], cmap="gray")
    for axes, map_, words in zip(board[1:], np.moveaxis(seen[0], 2, 0),
                                 ("right minus left", "below minus above", "mean of nine")):
        axes.imshow(map_, cmap="RdBu", vmin=-2, vmax=2)
        axes.set_title(words)
    for axes in board:
        axes.set(xticks=[], yticks=[])
    board[0].set_title("x")

# %% [markdown]
# Blue is positive, red negative. It is positive where one goes from paper to ink, walking to the
# right; paper is $-1$, so its mean is red. These weights are ours. In a network the gradient
# chooses them, and for that we need it. (Mathematicians call our sum a correlation; their
# convolution has the kernel turned round. Networks learn W, so it does not matter.)
#
# ## The same sum, read three ways
#
# A loss behind the layer tells it $dy$. To first order $L$ changes by
# $\sum_o dy[o] \cdot \delta y[o]$. So hold $dy$ fixed: the gradients of $L$ are those of the
# number
#
# $$S = \sum_{o} dy[o] \cdot y[o] = \sum_{o,\,t} x[o\,s + t - p]\; W[t]\; dy[o]^{\mathsf T} ,$$
#
# for one image, $x[\cdot]$ and $dy[\cdot]$ being rows; a batch adds up over its images. $S$ is
# linear in each of $x$, $W$ and $dy$, so its derivative in one is what stands beside it. Every
# term has the pair $(o, t)$ for its address; the loop stays what it is, and goes over the same
# windows. With $x[\cdot]$ short for $x[o\,s + t - p]$:
#
# | read for | is | in the loop |
# |---|---|---|
# | $dy$ | $y[o] = \sum_t x[\cdot]\, W[t]$ | takes a window |
# | $W$ | $dW[t] = \sum_o x[\cdot]^{\mathsf T} dy[o]$ | takes a window |
# | $x$ | $dx[o\,s + t - p] \mathrel{+}= dy[o]\, W[t]^{\mathsf T}$ | *adds to* a window |
#
# The last one adds, because windows overlap: one pixel was seen from several places.

# %%
def convolve_back(dy, cache):
    padded, W, s, p = cache
    dpadded, dW = np.zeros_like(padded), np.zeros_like(W)
    for i, j, window in windows(padded, len(W), s):
        dW += np.tensordot(padded[window], dy[:, i, j], axes=(0, 0))
        dpadded[window] += np.tensordot(dy[:, i, j], W, axes=(1, 3))
    rows, columns = (slice(p, n - p) for n in dpadded.shape[1:3])
    return dpadded[:, rows, columns], dW


rng = np.random.default_rng(0)
x, W = rng.standard_normal((2, 6, 6, 2)), rng.standard_normal((4, 4, 2, 3))
report = check_functions(lambda x, W: convolve(x, W, s=2, p=1), convolve_back, x, W)
report.subject = "convolution, 4 × 4, stride 2, padding 1"
print(report)

# %% [markdown]
# **Predict.** Let $dy$ be 1 everywhere and all weights 1. What does $dx$ count? Are its numbers
# all the same?

# %%
ones, one = np.ones((1, 8, 8, 1)), np.ones((4, 4, 1, 1))
y, cache = convolve(ones, one, s=2, p=1)
counted = np.zeros((10, 10))
shots = []
with style.look({"axes.titlepad": 5, "axes.titlesize": 9}):
    for i, j, (_, rows_seen, columns_seen) in windows(cache[0], 4, 2):
        counted[rows_seen, columns_seen] += 1
        figure, (left, right) = new_figure(2, size=(2.4, 2.5), dpi=80)
        there = np.zeros((4, 4))
        there[i, j] = 1
        left.imshow(there, cmap="Blues", vmin=0, vmax=1.5)
        left.set_title("one place of y")
        right.imshow(counted, cmap="Oranges", vmin=0, vmax=4)
        right.set_title("what has come to x, with its border")
        for axes in (left, right):
            axes.set(xticks=[], yticks=[])
        shots.append(as_image(figure))
film(shots, "A place of y walks; at each one a window of 4 × 4 of x is added to", duration=0.25)

dx, _ = convolve_back(np.ones_like(y), cache)
print(dx[0, :, :, 0].astype(int))

# %% [markdown]
# It counts from how many places a pixel is seen: from four, at the border from fewer, as the
# outermost windows hang over it.
#
# ## Backwards it grows
#
# For a fixed $W$ the layer is a linear map, so there is a matrix $A$ with $y = A x$, all numbers
# of an image being one vector. It has a row for each number of $y$, and most of it is zero. The
# loop for $dx$ then is $dx = A^{\mathsf T} dy$: the *transpose* of the same matrix, which is the
# one map with
#
# $$ v \cdot A x = A^{\mathsf T} v \cdot x \qquad\text{for all } v, x.$$
#
# $A$ takes a large image to a small one, so $A^{\mathsf T}$ takes a small one to a large one. A
# generator has to do that. So it uses the backward pass of a convolution as a layer of its own,
# the *transposed convolution*; and its backward pass is, of course, the convolution.

# %%
def matrix_of(W, side, s, p):
    """A, one column a pixel: the images with a single 1 in them, convolved."""
    units = np.eye(side * side).reshape(-1, side, side, 1)
    return convolve(units, W, s, p)[0].reshape(len(units), -1).T


W = rng.standard_normal((4, 4, 1, 1))
A = matrix_of(W, side=8, s=2, p=1)
small, large = rng.standard_normal((1, 4, 4, 1)), rng.standard_normal((1, 8, 8, 1))
here = small.ravel() @ convolve(large, W, 2, 1)[0].ravel()
there = convolve_back(small, convolve(large, W, 2, 1)[1])[0].ravel() @ large.ravel()

layer = ConvTranspose2D(1, 1, 4, stride=2, padding=1, bias=False, rng=rng).astype("float64")
layer.weight.value[...] = W
grown = layer(small)
print("v · Ax - Aᵀv · x:", here - there)
print("the library's layer is Aᵀ:", np.allclose(grown.ravel(), A.T @ small.ravel()))

limit = np.abs(A).max()
alt = "A wide matrix, each row with four short runs of numbers, and the same matrix standing"
with panels(2, alt=alt, size=(3.6, 2.6)) as (left, right):
    for axes, matrix, words in ((left, A, "A: 64 numbers to 16"), (right, A.T, "Aᵀ: 16 to 64")):
        axes.imshow(matrix, cmap="RdBu", vmin=-limit, vmax=limit)
        axes.set(title=words, xticks=[], yticks=[])

# %% [markdown]
# What it adds up is what it may leave behind. A transposed convolution of constant numbers should
# give a constant image, away from the border, which we cut off. (`whole` only tells
# `convolve_back` the size: 8 places at stride 2 cover $7 \cdot 2 + k$ pixels.)
#
# **Predict.** All weights 1, all inputs 1: which of the kernels 3, 4 and 5 with stride 2 gives
# one?

# %%
flat = {}
for k in (3, 4, 5):
    W = np.ones((k, k, 1, 1))
    whole = np.zeros((1, 2 * 7 + k, 2 * 7 + k, 1))
    flat[k] = convolve_back(np.ones((1, 8, 8, 1)), (whole, W, 2, 0))[0][0, k:-k, k:-k, 0]

alt = "Kernel 3: a grid of ones, twos and fours; kernel 4: even; kernel 5: a checkerboard"
with panels(3, alt=alt, size=(2.2, 2.4)) as board:
    for axes, (k, map_) in zip(board, flat.items()):
        axes.imshow(map_, cmap="Oranges", vmin=0, vmax=9)
        axes.set(title=f"kernel {k}, stride 2", xticks=[], yticks=[])
print({k: sorted(set(map_.ravel().astype(int).tolist())) for k, map_ in flat.items()})

# %% [markdown]
# Only where the stride divides the kernel is each pixel reached from equally many places. Weights
# can learn to even it out, and do so badly: early samples of a DCGAN of 5 × 5 kernels show the
# board. That is why this library's take 4 × 4.
#
# ## Step 1: loops, and a stop watch
#
# Now to speed. The first number of a stop watch is mostly the worst: memory is fetched for the
# first time, other programs run. What disturbs only ever *adds*. So we take the shortest of
# several.

# %%
def milliseconds(work, repeats=5):
    """The shortest of some runs, on one thread."""
    taken = []
    with threadpoolctl.threadpool_limits(1):
        for _ in range(repeats):
            start = time.perf_counter()
            work()
            taken.append(1000 * (time.perf_counter() - start))
    return min(taken)


images, size = rounds(64, short=16), 28
x = rng.standard_normal((images, size, size, 32)).astype("float32")
W = rng.standard_normal((4, 4, 32, 64)).astype("float32")
in_loops = milliseconds(lambda: convolve(x, W, 2, 1))
operations = 2 * images * (size // 2) ** 2 * W.size  # as many products as sums
print(f"loops: {in_loops:.1f} ms, {operations / in_loops / 1e6:.0f} GFLOP/s")

# %% [markdown]
# ## Step 2: one product
#
# What the kernel sees at one place is $4 \cdot 4 \cdot C$ numbers. Let them be one row of a
# matrix, a row for each place of each image. Then the convolution is one product of this matrix
# with $W$ written as $(16\,C, M)$, and large products are what a processor does best. All places
# see their tap $t$ along one slice with steps of the stride, so sixteen slices fill the matrix:

# %%
def patches(x, k, s, p):
    """(N · places, k · k · C)."""
    padded = pad(x, p)
    rows, columns = (1 + (n - k) // s for n in padded.shape[1:3])
    seen = np.empty((len(x), rows, columns, k, k, x.shape[3]), x.dtype)
    for i in range(k):
        for j in range(k):
            seen[:, :, :, i, j] = padded[:, i : i + s * rows : s, j : j + s * columns : s]
    return seen.reshape(-1, k * k * x.shape[3])


def convolve_patches(x, W, s, p):
    y = patches(x, len(W), s, p) @ W.reshape(-1, W.shape[3])
    side = (x.shape[1] + 2 * p - len(W)) // s + 1
    return y.reshape(len(x), side, -1, W.shape[3])


same = np.allclose(convolve_patches(x, W, 2, 1), convolve(x, W, 2, 1)[0], atol=1e-2)
as_patches = milliseconds(lambda: convolve_patches(x, W, 2, 1))
held = patches(x, 4, 2, 1).nbytes / x.nbytes
print(f"the same: {same}; {as_patches:.1f} ms; the matrix holds each pixel {held:.1f} times")

# %% [markdown]
# Is it faster on your machine? On ours it is hardly so. The loop above was one product a window,
# for all images at once, which is no small product either; and the one large product has to wait
# for its matrix. (A textbook picks the same rows by an array of indices,
# `padded[:, rows, columns]`, and brings gradients back with `np.add.at`. That asks for an index
# before it moves a number. It is in the chart below.)
#
# ## Step 3: blocks
#
# The product is fast, its matrix is large: four copies of all images go out to the memory and come
# back. A processor keeps the last megabyte or so in a *cache*, many times nearer. So take a few
# images at a time: make their patches, multiply, forget.
#
# **Predict.** One image at a time, all at a time: which is slower? What will the curve between
# them look like?

# %%
counts = [count for count in (1, 2, 4, 8, 16, 32, 64) if count <= images]
by_count = {}
for count in counts:
    def in_blocks(count=count):
        for first in range(0, images, count):
            convolve_patches(x[first : first + count], W, 2, 1)

    by_count[count] = milliseconds(in_blocks)
best_count = min(by_count, key=by_count.get)

alt = "Milliseconds against how many images are in work at a time, as measured on this machine"
with panels(alt=alt, size=(4.4, 2.8)) as axes:
    axes.plot(counts, list(by_count.values()), "o-", color=style.DISCRIMINATOR)
    axes.axhline(in_loops, color=style.INK, lw=0.8, ls=":")
    axes.text(1, in_loops, "loops", va="bottom", fontsize=8)
    axes.set(xscale="log", xlabel="images at a time", ylabel="ms", ylim=(0, None),
             title=f"{images} images, least at {best_count} at a time")
    axes.set_xticks(counts, counts)
    axes.minorticks_off()
mebibytes = best_count * patches(x[:1], 4, 2, 1).nbytes / 2**20
print(f"least with {mebibytes:.1f} MiB of patches in work")

# %% [markdown]
# One image at a time is mostly the slowest: the products are small, and Python's loop is long.
# With all of them the patches leave the cache. Between lies a flat stretch; where it begins and
# ends depends on the cache. The library works on 2 MiB of patches at a time, which lies on it on
# the machines that we tried. Differences of a tenth mean nothing here: run the cell twice.
#
# ## Step 4: nine products for sixteen
#
# So far every way multiplies the same numbers. One can multiply fewer. Take a signal $d$ and a
# kernel of two taps. Two neighbouring outputs are four products,
#
# $$y_0 = d_0 g_0 + d_1 g_1, \qquad y_1 = d_1 g_0 + d_2 g_1 ,$$
#
# and three will do:
#
# $$m_0 = (d_0 - d_1)\, g_0, \quad m_1 = d_1\, (g_0 + g_1), \quad m_2 = (d_1 - d_2)\, g_1, \qquad
#   y_0 = m_0 + m_1, \quad y_1 = m_1 - m_2 .$$
#
# In two dimensions a block of $2 \times 2$ outputs with $2 \times 2$ taps costs 16 products. Do
# the trick along the rows, and for each of its three products along the columns: 9. How does a
# kernel of $4 \times 4$ get $2 \times 2$ taps? With stride 2 its windows begin at every second
# pixel, so each covers $2 \times 2$ whole *super-pixels* of $2 \times 2$ pixels, and moves by one
# of them. A super-pixel has four times the channels, each $d$ is a matrix of many places and each
# $g$ one of $4C \times M$, so a product is worth far more than the few additions.
#
# **Predict.** Subtracting before multiplying is exact on paper. In float32?

# %%
d = rng.standard_normal((3, 400, 256)).astype("float32")
g = rng.standard_normal((2, 256, 64)).astype("float32")


def three_products(d, g):
    m = (d[0] - d[1]) @ g[0], d[1] @ (g[0] + g[1]), (d[1] - d[2]) @ g[1]
    return np.stack([m[0] + m[1], m[1] - m[2]])


def four_products(d, g):
    return np.stack([d[0] @ g[0] + d[1] @ g[1], d[1] @ g[0] + d[2] @ g[1]])


truth = four_products(d.astype("float64"), g.astype("float64"))
error = {ways.__name__: float(np.abs(ways(d, g) - truth).max() / np.abs(truth).max())
         for ways in (four_products, three_products)}
print({name: f"{value:.1e}" for name, value in error.items()})

# %% [markdown]
# A part of the last digit goes: differences and sums of independent numbers are larger than these,
# and what is too much cancels only after rounding. The chart below has the error of a whole
# convolution.
#
# ## The four steps on your machine
#
# A 4 × 4 convolution with stride 2 from 64 to 128 channels on 64 images of 28 × 28, as in a DCGAN:
# the forward pass and both gradients, on one core. The first way goes over the taps as well, one
# product for each place and tap; its forward pass is this. `connections` yields each place $o$ of
# the output, pixel $i$ and tap $t$ between them, `channel_groups` one pair of slices, all channels.
# GFLOP/s are thousand million multiplications and additions a second, counted as the plain sum
# needs them; the error is the largest deviation from double precision through the largest number.

# %%
source(loops.convolve)

# %%
measured = list(bench.rows(1, rounds(5, short=1), libraries=["PyTorch"]))
print("\n".join(bench.table(measured)))

names = [row["way"] for row in measured]
alt = "A bar for each way, the time of its forward and of its backward pass, on this machine"
with panels(alt=alt, size=(7.4, 0.4 * len(measured) + 1)) as axes:
    forward = [1000 * row["forward"] for row in measured]
    backward = [1000 * row["backward"] for row in measured]
    axes.barh(names, forward, color=style.DISCRIMINATOR, label="forward")
    axes.barh(names, backward, left=forward, color=style.GENERATOR, label="backward")
    axes.invert_yaxis()
    axes.set(xlabel="ms", title="One convolution on one core, here and now")
    axes.legend()

# %%
ways = [row for row in measured if row["way"] in [words for words, _ in bench.WAYS]]
peers = [row for row in measured if row not in ways]
best = min(row["seconds"] for row in ways)
print(f"from loops to the fastest: {ways[0]['seconds'] / best:.1f} times as fast")
for row in peers:
    print(f"{row['way']}: {row['seconds'] / best:.2f} times our time")

# %% [markdown]
# PyTorch stands in the chart where it is installed; `pip install torch` puts it there. Whoever is
# ahead on your machine: the number above says by how much, and it is one convolution. A training
# step is more than that, and has its own story: *How it became fast*, on the site.
# `gan-scratch bench speed` measures whole trainings on your machine.
#
# ## Step 5: more than one core
#
# So far everything ran on one core, and your machine probably has several. The obvious way to use
# them is threads: NumPy releases Python's lock while it computes, so two threads can each take half
# of the images. For one large convolution that works. For a training it stopped paying. When we
# measured in November 2026, a step of the small DCGAN in `dcgan-digits` made some 2,300 array
# operations, of about 20 microseconds each. After each of them a thread has to have the lock again
# before it can go on, and where the other thread holds it, it waits: some 50 microseconds on a
# virtual machine, longer than the operation itself. A second thread gained next to nothing.
#
# The BLAS library, which computes the matrix products, has threads of its own. They share one
# product at a time, and after it they keep looking for the next one, for up to a tenth of a second.
# Meanwhile nobody else gets their cores. When two such trainings run on the same two cores, each
# may become ten times as slow.
#
# *Processes* have a Python, and a lock, each. They can share the batch as well, as long as they
# rarely have to talk to each other. What do they have to say?
#
# ### A gradient is a sum over samples
#
# The loss is a mean over the $N$ samples of a batch. Cut the batch into shares, share $r$ with
# $n_r$ samples. A process that sees only its share computes the mean $L_r$ of its own losses
# $\ell_i$, and
#
# $$L = \frac1N \sum_{i=1}^N \ell_i = \sum_r \frac{n_r}{N} L_r , \qquad
#   \nabla L = \sum_r \nabla \Big(\frac{n_r}{N} L_r\Big) .$$
#
# So each process plays the ordinary forward and backward pass on its share, and multiplies the
# derivative of its loss by $n_r / N$ before it goes backward. Then the gradients are added up over
# all processes (an **all-reduce**), and the optimiser moves. We cut twelve digits into eight and
# four, by hand.
#
# **Predict.** What if we forget the weights $n_r / N$ and take the mean of the two gradients?

# %%
digits = datasets.load("digits").images[:12].astype("float64")
parts = digits[:8], digits[8:]


def discriminator(*between):
    rng = np.random.default_rng(0)
    return Sequential(
        Conv2D(1, 8, 4, stride=2, padding=1, rng=rng), *between, LeakyReLU(0.2),
        layers.Flatten(), Dense(8 * 14 * 14, 1, rng=rng),
    ).astype("float64")


# %%
def gradient(model, images, weight=1.0):
    """dL/dW of the convolution, L = weight · mean log(1 + exp(-score))."""
    model.zero_gradients()
    score, cache = model.forward(images)
    loss, d_score = losses.NonSaturating().generator(score)
    model.backward(weight * d_score, cache)
    return model[0].weight.gradient.copy()


def off(found, whole):
    """|found - whole| through |whole|."""
    return float(np.linalg.norm(found - whole) / np.linalg.norm(whole))


D = discriminator()
whole = gradient(D, digits)
weighted = sum(gradient(D, part, len(part) / len(digits)) for part in parts)
unweighted = sum(gradient(D, part) for part in parts) / 2
print(f"weighted: {off(weighted, whole):.1e}, unweighted: {off(unweighted, whole):.1e}")

# %% [markdown]
# With the weights it is the gradient of the whole batch, apart from the rounding of a sum. Without
# them each of the four digits counts twice as much as each of the eight. No error message, and the
# loss looks as ever.
#
# ### Where samples look at each other
#
# Batch norm brings each channel to mean 0 and variance 1 over all samples of the batch and all
# places ([chapter 9](09_batch_norm_and_the_dcgan.ipynb) derives it).
#
# **Predict.** We put it behind the convolution. Do the weighted gradients still add up to that of
# the whole batch?

# %%
normalized = discriminator(BatchNorm(8))
whole = gradient(normalized, digits)
apart = sum(gradient(normalized, part, len(part) / len(digits)) for part in parts)
print(f"each share for itself: {off(apart, whole):.1e}")

# %% [markdown]
# They do not. Each share was normalized by its own mean and variance, which is another function,
# with another gradient. So the shares have to meet inside of the layer. Each **gathers** what all
# of them have found, here how many values, their mean and their variance, and computes from these
# the mean and the variance of the whole batch (exercise 9.3 asks you how).
#
# On the way back the same happens once more. Let $s = \sum_r s_r(x_r)$ be what was gathered. Every
# share reads $s$, so every share's loss depends on it, and each $x_r$ changes all of these losses:
#
# $$dx_r = \underbrace{\Big(\frac{\partial y_r}{\partial x_r}\Big)^{\mathsf T} dy_r}_{s
#   \text{ held fixed}} + \Big(\frac{\partial s_r}{\partial x_r}\Big)^{\mathsf T}
#   \sum_q \Big(\frac{\partial y_q}{\partial s}\Big)^{\mathsf T} dy_q .$$
#
# The sum over all shares $q$ is a second meeting, the **adjoint** of the first. It also says why
# the weights have to come *before* the backward pass: $dx_r$ holds the other shares' $dy_q$, and
# each of these needs the weight of its own share.
#
# In the library a layer calls `gather(part)`, which returns the parts of all shares. Here two
# threads stand in for two processes, each with a copy of the layers. We want to see that the
# numbers are right, so it does not matter how slow they are.
#
# **Predict.** In the second number the finished gradients are multiplied by $n_r / N$, and not the
# derivatives of the losses. Is it right?

# %%
brought, meeting = [None, None], Barrier(2, timeout=60)


class OneOfTwo(Share):
    count = 2

    def __init__(self, index):
        self.index = index

    def gather(self, part):
        brought[self.index] = part
        meeting.wait()  # until both have brought theirs
        found = list(brought)
        meeting.wait()  # until both have looked
        return found


def share_of_gradient(index, weight):
    with opened(OneOfTwo(index)):
        return gradient(copy.deepcopy(normalized), parts[index], weight)


# %%
weights = [len(part) / len(digits) for part in parts]
with ThreadPoolExecutor(2) as pool:
    gathered = sum(pool.map(share_of_gradient, (0, 1), weights))
    finished = pool.map(share_of_gradient, (0, 1), (1, 1))
    too_late = sum(w * found for w, found in zip(weights, finished))
print(f"gathered: {off(gathered, whole):.1e}, weighed too late: {off(too_late, whole):.1e}")

# %% [markdown]
# This is all there is to it: weights before the backward pass, a meeting where samples look at each
# other, one sum before each step of an optimiser. What a step draws at random (noise, labels, the
# masks of dropout) one process draws for the whole batch, and each takes the rows of its samples.
# So the game does not depend on how many processes play it, except for rounding; and as the sums
# are always added in the order of the samples, the same number of processes gives the same bits.
#
# ### One and two processes on your machine
#
# `train(..., workers=2)` shares each batch between this process and one that it starts. The two
# have the parameters and the gradients in common memory. One that has to wait for the other looks
# for some microseconds whether it has come, and then takes naps: so a wait costs a busy machine
# next to nothing.
#
# **Predict.** With twice as many processes, half of the time?

# %%
recipe, real = recipes.find("dcgan-digits"), datasets.load("digits", value_range=(0, 1))
steps = rounds(40, short=3)


def training(workers):
    """(milliseconds of the median step, D's losses)."""
    game = recipe.game(real.sample_shape, seed=0, dtype="float32")
    times, d_losses = [], []
    for event in train(
        game, real, steps=steps, batch_size=recipe.data.batch_size, workers=workers
    ):
        if isinstance(event, StepDone):
            times.append(time.perf_counter())
            d_losses.append(float(event.discriminator_loss))
    return 1000 * float(np.median(np.diff(times))), np.array(d_losses)


(one, d_losses), (two, d_losses_of_two) = training(1), training(2)
same_game = np.abs(d_losses - d_losses_of_two)[:3].max()
print(f"D's first losses differ by {same_game:.0e}")
print(f"1 process: {one:.0f} ms a step, 2 processes: {two:.0f} ms, "
      f"{one / two:.2f} times as fast, cores: {allowed_cores()}")

# %% [markdown]
# The game is the same one: the losses differ in the last digits of float32. (Later the differences
# grow, as in every training that begins a rounding error apart.) The time is for your machine to
# say. With one core the second process cannot help. With two idle ones it usually does, but not by
# a factor of two: there are meetings, and each process makes as many array operations as before,
# only smaller ones. That is why small players gain less than large ones. If something else keeps
# the cores busy, run the cell again before you believe it.
#
# In a script and at the command line it is the same: `gan-scratch train dcgan-digits --workers 2`.
# Without `--workers` the command chooses, by how much work a step of the recipe is and by how many
# cores it may use.
#
# ## What goes wrong, and how it looks
#
# | you see | it is | cure |
# |---|---|---|
# | dx is right at few pixels, wrong at the others | windows overwrite each other: `=` for `+=` | add |
# | dx is shifted by a pixel or two | the border was not cut off, or at the wrong side | `[:, p : n - p, p : n - p]` |
# | dx has the kernel turned round | somebody wrote it as a convolution, with W instead of W flipped | loop over the same windows |
# | dx is heaped at the upper left, zero at the lower right | the stride was forgotten on the way back | windows begin at `i * s`, as on the way forward |
# | samples with a chequered ground | the stride does not divide the kernel | 4 × 4 with stride 2 |
# | fast on your machine, slow in training | measured with everything in the cache, or once | many runs, of whole steps |
# | a shared batch trains another game than the whole | batch norm in each share for itself, or weights that are missing or late | gather; weigh the derivatives of the loss |
# | two trainings at once, each many times slower | BLAS's threads wait by spinning | hold BLAS to one thread (`OMP_NUM_THREADS=1`) |
#
# ## Exercises
#
# **8.1** How many places has the output along an axis of $n$ pixels, and how many pixels come out
# of a transposed convolution of $n$ places? Kernel $k$, stride $s$, a border of $p$ zeros at each
# end.

# %%
def sizes(n, k, s, p):
    ...  # your turn: return places, pixels


check("8.1", sizes)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The first window begins at 0 and the last one must end within $n + 2p$. The transpose of $n$
# places covers what $n$ windows cover, and cuts the border off.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def sizes(n, k, s, p):
#     return (n + 2 * p - k) // s + 1, (n - 1) * s + k - 2 * p
#
#
# check("8.1", sizes)
# ```
#
# </details>
#
# **8.2** The adjoint of patches: a matrix of patches in, an image out, each number added where it
# was taken from. Along one axis and without a border: `rows` $(N, \text{places}, k, C)$ to
# $(N, n, C)$.

# %%
def add_back(rows, n, s):
    ...  # your turn: return an array (N, n, C)


check("8.2", add_back)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Turn `seen[:, :, i] = x[:, i : i + s * places : s]` around, tap by tap, and let the slices add.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def add_back(rows, n, s):
#     samples, places, k, channels = rows.shape
#     x = np.zeros((samples, n, channels))
#     for i in range(k):
#         x[:, i : i + s * places : s] += rows[:, :, i]
#     return x
#
#
# check("8.2", add_back)
# ```
#
# </details>
#
# **8.3** The backward pass of the three products, for numbers: from $d_0, d_1, d_2, g_0, g_1$ and
# $dy_0, dy_1$ the five gradients, with six multiplications.

# %%
def three_products_back(d, g, dy):
    ...  # your turn: return (three gradients of d, two of g)


check("8.3", three_products_back)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Each step is linear, so go through them backwards: $y_0 = m_0 + m_1$ and $y_1 = m_1 - m_2$ give
# $dm_0 = dy_0$, $dm_1 = dy_0 + dy_1$, $dm_2 = -dy_1$. Then each $m$ is a product of two.
#
# </details>
#
# <details><summary>Solution</summary>
#
# ```python
# def three_products_back(d, g, dy):
#     m0, m1, m2 = dy[0], dy[0] + dy[1], -dy[1]
#     left, middle, right = m0 * g[0], m1 * (g[0] + g[1]), m2 * g[1]
#     first, both, second = m0 * (d[0] - d[1]), m1 * d[1], m2 * (d[1] - d[2])
#     return (left, middle - left + right, -right), (first + both, both + second)
#
#
# check("8.3", three_products_back)
# ```
#
# </details>
#
# As coursework: `gan-scratch assignment start 3`.
#
# ## Sources
#
# - V. Dumoulin, F. Visin, *A guide to convolution arithmetic for deep learning*, 2016,
#   [arXiv:1603.07285](https://arxiv.org/abs/1603.07285): sizes, and the transpose.
# - A. Odena, V. Dumoulin, C. Olah, *Deconvolution and checkerboard artifacts*, 2016,
#   [doi:10.23915/distill.00003](https://doi.org/10.23915/distill.00003).
# - K. Chellapilla, S. Puri, P. Simard, *High performance convolutional neural networks for
#   document processing*, 2006: convolution as one product.
# - A. Lavin, S. Gray, *Fast algorithms for convolutional neural networks*, 2016,
#   [arXiv:1509.09308](https://arxiv.org/abs/1509.09308): fewer products, after S. Winograd, 1980.
#
# [Chapter 9](09_batch_norm_and_the_dcgan.ipynb) puts these layers together with batch norm: the
# DCGAN.
