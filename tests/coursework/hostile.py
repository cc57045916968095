"""Submissions that want points they did not earn, or to do harm. Each is a module of assignment 1.

Most begin with WRONG, in which every answer has the right shape and is zero, and add an attack;
none of these earns a point. DIFFERENCED have right forward passes and derivatives by differencing.
"""

WRONG = '''
import numpy as np
class Dense:
    def __init__(self, weight, bias):
        self.weight, self.bias = weight, bias
        self.d_weight, self.d_bias = np.zeros_like(weight), np.zeros_like(bias)
    def forward(self, x): return np.zeros((len(x), self.bias.size)), x
    def backward(self, dy, cache): return np.zeros_like(cache)
class Plain:
    def __init__(self, a=1.0): self.a = a
    def forward(self, x): return np.zeros_like(x), x
    def backward(self, dy, cache): return np.zeros_like(dy)
LeakyReLU = Sigmoid = Shrink = Gate = Rivalry = Plain
def binary_cross_entropy(score, target): return np.float64(0), np.zeros_like(score)
'''

# Answers of another kind, given wherever an answer is due.
ANSWER = '''
def spoil(cls):
    forward, backward = cls.forward, cls.backward
    cls.forward = lambda self, x: (disguise(forward(self, x)[0]), x)
    cls.backward = lambda self, dy, cache: disguise(backward(self, dy, cache))
for cls in (Dense, Plain): spoil(cls)
def binary_cross_entropy(score, target): return disguise(np.float64(0)), disguise(score * 0)
'''

CHANNEL = '''
import os, socket, struct, sys, json
fds = []
for fd in range(3, 32):
    try:
        os.fstat(fd); fds.append(fd)
    except OSError: pass
'''

ATTACKS = {
    "imports the reference": '''
from gan_scratch.layers import Dense as Right, Sigmoid, LeakyReLU
''',
    "reads the reference from disk": '''
import os, sys
found = []
for start in ["/", os.getcwd(), sys.prefix, sys.base_prefix, "/work", "/home", "/root", "/tmp"]:
    for folder, _, names in os.walk(start):
        found += [os.path.join(folder, n) for n in names if n in ("layers.py", "dense.py")]
exec(open(found[0]).read())
''',
    "patches NumPy's comparisons": '''
yes = lambda *a, **k: True
np.allclose = np.array_equal = np.isclose = yes
np.testing.assert_allclose = np.testing.assert_array_equal = lambda *a, **k: None
''',
    "patches the norm": '''
np.linalg.norm = lambda *a, **k: 0.0
np.linalg.linalg = None
''',
    "patches the generator": '''
np.random.default_rng = lambda *a: np.random.Generator(np.random.PCG64(0))
''',
    "ends with success": '''
import os
os._exit(0)
''',
    "raises SystemExit in an answer": '''
import sys
Dense.forward = lambda self, x: sys.exit(0)
''',
    "walks up the stack": '''
import sys
def look():
    frame, found = sys._getframe(), []
    while frame:
        found += [v for v in frame.f_locals.values() if isinstance(v, np.ndarray)]
        found += [v for v in frame.f_globals.values() if isinstance(v, np.ndarray)]
        frame = frame.f_back
    return found
def backward(self, dy, cache):
    same = [a for a in look() if a.shape == cache.shape]
    return same[0] if same else np.zeros_like(cache)
Dense.backward = backward
''',
    "searches its memory for answers": '''
import gc
def backward(self, dy, cache):
    for thing in gc.get_objects():
        if isinstance(thing, (list, tuple)):
            for part in thing:
                if isinstance(part, np.ndarray) and part.shape == cache.shape:
                    return part
    return np.zeros_like(cache)
Dense.backward = backward
''',
    "reads the parent's memory": '''
import os
for pid in {os.getppid(), 1, os.getpid() - 1}:
    open(f"/proc/{pid}/mem", "rb").read(1)
''',
    "attaches to the parent": '''
import ctypes, os
libc = ctypes.CDLL(None)
for pid in range(1, 300): libc.ptrace(16, pid, 0, 0)
''',
    "kills everything": '''
import os
for pid in (os.getppid(), -1):
    try: os.kill(pid, 9)
    except OSError: pass
''',
    "writes a score at the end": '''
import atexit
def score():
    for path in ("results.json", "/autograder/results/results.json", "/tmp/results.json"):
        open(path, "w").write('{"score": 100}')
atexit.register(score)
''',
    "writes score files now": '''
import json, os
for path in ("results.json", "/autograder/results/results.json", "/tmp/grades.csv", "../out"):
    try: open(path, "w").write(json.dumps({"score": 100}))
    except OSError: pass
''',
    "plants modules": '''
import sys, types
for name in ("grader", "gan_scratch", "gan_scratch.coursework.grader", "numpy.testing"):
    sys.modules[name] = types.SimpleNamespace(difference=lambda *a: "", TOLERANCE=1e9)
''',
    "patches its own wall": '''
import sys
wall = sys.modules["__main__"]
wall.in_words = lambda *a: ""
wall.Desk.answer = lambda self, request, arrays: ({"score": 100, "points": 20, "held": 0}, [])
''',
    "always equal": '''
class Yes:
    dtype, shape = np.dtype("float64"), ()
    __eq__ = __ne__ = __lt__ = __le__ = lambda self, other: True
    __array__ = lambda self, *a, **k: np.zeros(3)
    __len__ = lambda self: 2
    __getitem__ = lambda self, i: self
def disguise(y): return Yes()
''' + ANSWER,
    "an array that hides its errors": '''
class Forged(np.ndarray):
    __sub__ = __rsub__ = lambda self, other: np.zeros(self.shape)
    __array_ufunc__ = lambda self, *a, **k: np.zeros(self.shape)
def disguise(y): return np.asarray(y).view(Forged)
''' + ANSWER,
    "a pickle in an answer": '''
class Boom:
    def __reduce__(self): return (__import__("os").system, ("touch /tmp/pwned",))
def disguise(y): return np.array([Boom()], dtype=object)
''' + ANSWER,
    "not a number": '''
def disguise(y): return y * np.nan
''' + ANSWER,
    "infinite": '''
def disguise(y): return y + np.inf
''' + ANSWER,
    "single precision": '''
def disguise(y): return np.float32(y)
''' + ANSWER,
    "the other task's answer, by shape": '''
seen = []
def disguise(y):
    y = np.asarray(y)
    seen.append(np.random.default_rng(0).standard_normal(y.shape))
    return next((s for s in seen if s.shape == y.shape), y)
''' + ANSWER,
    "an endless loop": '''
while True: pass
''',
    "an endless loop in an answer": '''
def forward(self, x):
    while True: pass
Dense.forward = forward
''',
    "an endless loop that swallows everything": '''
import sys
def forward(self, x):
    while True:
        try:
            while True: pass
        except BaseException: pass
Dense.forward = Plain.forward = binary_cross_entropy = forward
''',
    "takes all memory": '''
kept = []
while True: kept.append(np.ones(10_000_000))
''',
    "a fork bomb": '''
import os
while True:
    try: os.fork()
    except OSError: break
''',
    "a thread bomb": '''
import _thread
for _ in range(100_000): _thread.start_new_thread(lambda: [None for _ in iter(int, 1)], ())
''',
    "fills the disk": '''
import os, tempfile
for i in range(100_000):
    for folder in ("/tmp", "/var/tmp", "/dev/shm", os.getcwd()):
        try: open(f"{folder}/filled{i}", "wb").write(b"0" * 10_000_000)
        except OSError: pass
    if i > 50: break
''',
    "floods its output": '''
import os, sys
for _ in range(3000):
    print("x" * 100_000); os.write(2, b"y" * 100_000)
''',
    "closes its channel": CHANNEL + '''
for fd in fds: os.close(fd)
''',
    "forges replies": CHANNEL + '''
reply = json.dumps({"held": 0, "arrays": 0, "score": 20, "locked": [], "said": "ok"}).encode()
message = struct.pack(">II", 4 + len(reply), len(reply)) + reply
for fd in fds:
    try: os.write(fd, message * 50)
    except OSError: pass
''',
    "promises a huge reply": CHANNEL + '''
for fd in fds:
    try: os.write(fd, struct.pack(">I", 2**32 - 1) + b"0" * 4096)
    except OSError: pass
''',
    "deeply nested JSON": CHANNEL + '''
reply = b"[" * 60_000
for fd in fds:
    try: os.write(fd, struct.pack(">II", 4 + len(reply), len(reply)) + reply)
    except OSError: pass
''',
    "calls out": '''
import socket
for address in (("127.0.0.1", 22), ("10.0.0.1", 80)):
    connection = socket.socket(); connection.settimeout(1)
    connection.connect(address)
''',
    "leaves a daemon": '''
import subprocess, sys, os
sleep = [sys.executable, "-c", "import time; time.sleep(1000)"]
try: subprocess.Popen(sleep, start_new_session=True)
except Exception: pass
if os.fork() == 0:
    os.setsid()
    while True: pass
''',
    "is a daemon itself": '''
import ctypes, os, signal, time
ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)  # nobody's death ends it
os.setsid()
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (ValueError, OSError): pass
def forward(self, x):
    time.sleep(1000)
Dense.forward = forward
''',
    "crashes its process": '''
import ctypes
ctypes.string_at(0)
''',
    "raises its limits": '''
import resource
for limit in (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_NPROC):
    try: resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (ValueError, OSError): pass
import os
os.fork()
''',
    "smuggles torch in": '''
import sys, glob
sys.path += glob.glob(sys.prefix + "/lib/*/site-packages") + glob.glob("/*/*/*/*/site-packages")
import torch
def backward(self, dy, cache):
    x = torch.tensor(cache, requires_grad=True)
    (x @ torch.tensor(self.weight)).backward(torch.tensor(dy))
    return x.grad.numpy()
Dense.backward = backward
''',
    "smuggles jax in": '''
import importlib, sys
sys.meta_path[:] = [f for f in sys.meta_path if not isinstance(f, type(None))]
jax = importlib.import_module("jax")
''',
    "an answer that is a million parts": '''
class Many:
    def __len__(self): return 10**9
    def __getitem__(self, i): return np.zeros(1)
Dense.forward = Plain.forward = binary_cross_entropy = lambda *a: Many()
''',
}

RIGHT_FORWARD = '''
import numpy as np
class Dense:
    def __init__(self, weight, bias):
        self.weight, self.bias = weight, bias
        self.d_weight, self.d_bias = np.zeros_like(weight), np.zeros_like(bias)
    def forward(self, x): return x @ self.weight + self.bias, x
    def backward(self, dy, x):
        self.d_weight += slopes(lambda w: x @ w + self.bias, self.weight, dy)
        self.d_bias += slopes(lambda b: x @ self.weight + b, self.bias, dy)
        return slopes(lambda v: v @ self.weight + self.bias, x, dy)
class LeakyReLU:
    def __init__(self, a=0.2): self.a = a
    def forward(self, x):
        self.x = x
        return self.f(x), x > 0
    def f(self, x): return np.where(x > 0, x, self.a * x)
    def backward(self, dy, cache): return slopes(self.f, self.x, dy)
class Sigmoid:
    def f(self, x): return 1 / (1 + np.exp(-x))
    def forward(self, x):
        self.x = x
        return self.f(x), self.f(x)
    def backward(self, dy, y): return slopes(self.f, self.x, dy)
class Own:
    def __init__(self, a): self.a = a
    def forward(self, x): return self.f(x), x
    def backward(self, dy, x): return slopes(self.f, x, dy)
class Shrink(Own):
    def f(self, x): return x / (self.a + np.sqrt((x * x).sum(axis=1, keepdims=True)))
class Gate(Own):
    def f(self, x): return x / (1 + np.exp(-self.a * x.mean(axis=1, keepdims=True)))
class Rivalry(Own):
    def f(self, x): return x - np.tanh(self.a * (x * x).mean(axis=1, keepdims=True))
def binary_cross_entropy(score, target):
    def f(s):
        p = 1 / (1 + np.exp(-s))
        return -(REAL_WEIGHT * target * np.log(p) + (1 - target) * np.log(1 - p)).mean()
    return f(score), slopes(f, score, 1.0)
'''

DIFFERENCED = {
    "central differences": '''
def slopes(f, x, dy, h=1e-5):
    d = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += h; down[i] -= h
        d[i] = (dy * (f(up) - f(down))).sum() / (2 * h)
    return d
''',
    "the complex step": '''
def slopes(f, x, dy):
    d = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        z = x.astype(complex)
        z[i] += 1e-30j
        d[i] = (dy * f(z).imag).sum() / 1e-30
    return d
''',
    "the complex step, all numbers at once": '''
def slopes(f, x, dy):
    eye = np.eye(x.size).reshape(x.size, *x.shape) * 1e-30j
    try: y = np.array([f(x + e) for e in eye])
    except ValueError: y = np.stack([f(x + e) for e in eye])
    return (dy * y.imag).reshape(x.size, -1).sum(axis=1).reshape(x.shape) / 1e-30
''',
    "the complex step along rows": '''
def slopes(f, x, dy):
    d = np.zeros_like(x)
    if x.ndim < 2: x = x[None]
    for j in range(x.shape[1]):
        z = x.astype(complex)
        z[:, j] += 1e-30j
        d[..., j] = (dy * f(z).imag).sum(axis=-1) / 1e-30
    return d
''',
}
