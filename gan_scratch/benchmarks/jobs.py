"""Many trainings through joblib, one process and one result file each, so that a benchmark can be
stopped and gone on with: what has its file is not run again.

Where they run is for the caller to say: `joblib.parallel_config(backend=...)` around the call sends
them to the machines of a Dask or a Ray cluster (docs/sweeps.md). By default they run here.
"""

import json
import os
import subprocess
from pathlib import Path

from gan_scratch.benchmarks import children
from gan_scratch.files import whole_file
from gan_scratch.part import listed
from gan_scratch.recipes import recipe_from

UNNAMED = {"name": "any", "summary": ""}  # as neither decides a result
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def run_all(module, jobs, folder, *, at_once=None):
    """Yields the result of each job, in the order given.

    A job is (words, recipe): `python -m module *words` trains by that recipe, on one BLAS thread,
    and prints its result as JSON. FOLDER/WORDS.json keeps the result and what it was made by; a
    file that was made by other settings is refused before anything runs. `at_once` is as for
    `in_parallel`; jobs that run here end when the caller stops listening, or is killed.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [([str(word) for word in words], made_by(recipe)) for words, recipe in jobs]
    paths = [folder / f"{'-'.join(words)}.json" for words, _ in jobs]
    found = {i: kept_result(path, jobs[i][1]) for i, path in enumerate(paths) if path.exists()}
    processes = []  # those of this process; a worker of joblib gets an empty copy
    left = [(index, words) for index, (words, _) in enumerate(jobs) if index not in found]
    missing = [(index, module, words, processes) for index, words in left]
    answers = in_parallel(result_of, missing, at_once)
    try:
        for index in range(len(jobs)):
            while index not in found:
                done, found[done] = next(answers)
                with whole_file(paths[done], "w", encoding="utf-8") as file:
                    json.dump({"made_by": jobs[done][1], "result": found[done]}, file)
            yield found[index]
    finally:
        answers.close()  # nothing more is begun
        for process in processes:
            process.terminate()


def in_parallel(function, calls, at_once=None):
    """Yields function(*arguments) for all arguments in `calls`, as they are done, by joblib.

    `at_once`   how many run at the same time. None: as many as `joblib.parallel_config` says, one
                where it says nothing
    """
    if not calls:
        return
    try:
        import joblib
    except ImportError:
        raise RuntimeError("sweeps need joblib; run 'pip install gan_scratch[bench]'") from None
    calls = [joblib.delayed(function)(*arguments) for arguments in calls]
    how = {"n_jobs": at_once, "prefer": "threads"}  # a thread waits for the process of its job
    try:
        parallel = joblib.Parallel(return_as="generator_unordered", **how)
    except ValueError:  # this back end (Ray's) answers when all are done, so few are sent at a time
        count = joblib.effective_n_jobs(at_once)
        with joblib.Parallel(**how) as parallel:
            for start in range(0, len(calls), count):
                yield from parallel(calls[start : start + count])
    else:
        yield from parallel(calls)


def result_of(index, module, words, processes):
    """(index, what the job prints)."""
    process = subprocess.Popen(
        children.command(module, *words), env={**os.environ, **ONE_THREAD},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    processes.append(process)
    output, complaint = process.communicate()
    if process.returncode:
        last = complaint.strip().splitlines()[-1:] or ["no message"]
        raise RuntimeError(f"{' '.join(words)} failed: {last[0]}")
    return index, json.loads(output)


def made_by(recipe):
    """The settings that decide a result, as plain data."""
    return {**recipe.settings(), **UNNAMED}


def kept_result(path, made_by):
    """The result in a file; ValueError where it is none, or one of other settings."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        earlier, result = {**kept["made_by"], **UNNAMED}, dict(kept["result"])
        earlier = dict(listed(recipe_from(earlier).settings()))
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} holds no result; remove it to train again") from None
    if changed := [path for path, value in listed(made_by) if earlier.get(path) != value]:
        raise ValueError(
            f"{path} was made by other settings ({', '.join(changed)}); remove it to train again, "
            "or take another folder"
        )
    return result
