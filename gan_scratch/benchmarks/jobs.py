"""Many trainings, one process and one result file each, so that a benchmark can be stopped and
gone on with: what has its file is not run again.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gan_scratch.files import whole_file


def run_all(module, jobs, folder, *, at_once=1, threads=1):
    """Yields (job, result) for each job, a tuple of words, in the order given.

    A job runs as `python -m module *words`, which prints its result as JSON; it is kept in
    FOLDER/WORDS.json. `at_once` jobs run at the same time, each on `threads` threads.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(at_once) as pool:
        results = pool.map(lambda job: result_of(module, job, folder, threads), jobs)
        try:
            yield from zip(jobs, results, strict=True)
        finally:
            pool.shutdown(cancel_futures=True)


def result_of(module, job, folder, threads):
    """What the job's file says, after running the job where there is no file yet."""
    words = [str(word) for word in job]
    path = folder / f"{'-'.join(words)}.json"
    if not path.exists():
        count = str(threads)
        environment = {**os.environ, "OMP_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": count}
        process = subprocess.run(
            [sys.executable, "-m", module, *words], env=environment, capture_output=True, text=True
        )
        if process.returncode:
            last = process.stderr.strip().splitlines()[-1:] or ["no message"]
            raise RuntimeError(f"{' '.join(words)} failed: {last[0]}")
        with whole_file(path, "w", encoding="utf-8") as file:
            file.write(process.stdout)
    return json.loads(path.read_text(encoding="utf-8"))
