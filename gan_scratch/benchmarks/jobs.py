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
    """Yields the result of each job, in the order given.

    A job is (words, recipe): `python -m module *words` trains by that recipe and prints its result
    as JSON. FOLDER/WORDS.json keeps the result and what it was made by; a file that was made by
    other settings is refused. `at_once` jobs run at the same time, each on `threads` threads; who
    stops listening stops them.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    processes = []
    with ThreadPoolExecutor(at_once) as pool:
        try:
            yield from pool.map(
                lambda job: result_of(module, *job, folder, threads, processes), jobs
            )
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.terminate()


def result_of(module, words, recipe, folder, threads, processes):
    """What the job's file says, after running the job where there is no file yet."""
    words = [str(word) for word in words]
    path = folder / f"{'-'.join(words)}.json"
    made_by = {**recipe.settings(), "threads": threads}
    del made_by["name"], made_by["summary"]
    if path.exists():
        return kept_result(path, made_by)
    count = str(threads)
    process = subprocess.Popen(
        [sys.executable, "-m", module, *words],
        env={**os.environ, "OMP_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": count},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    processes.append(process)
    output, complaint = process.communicate()
    if process.returncode:
        last = complaint.strip().splitlines()[-1:] or ["no message"]
        raise RuntimeError(f"{' '.join(words)} failed: {last[0]}")
    result = json.loads(output)
    with whole_file(path, "w", encoding="utf-8") as file:
        json.dump({"made_by": made_by, "result": result}, file)
    return result


def kept_result(path, made_by):
    """The result in a file; ValueError where it is none, or one of other settings."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        earlier, result = dict(kept["made_by"]), dict(kept["result"])
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} holds no result; remove it to train again") from None
    changed = [name for name in made_by if earlier.get(name) != made_by[name]]
    if changed:
        raise ValueError(
            f"{path} was made by other settings ({', '.join(changed)}); remove it to train again, "
            "or take another folder"
        )
    return result
