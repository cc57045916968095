"""gan-scratch assignment: coursework, for who does it and for who grades it."""

from pathlib import Path

from gan_scratch.cli import options as types
from gan_scratch.cli.gradcheck import time_limit
from gan_scratch.cli.watching import watch

PATIENCE = types.number(float, "a factor above 0 and at most 1,000,000", lambda n: 0 < n <= 1e6)


def add_to(commands):
    parser = commands.add_parser(
        "assignment", help="coursework: start, check and submit an assignment; grade a class",
        description="Five assignments. A student starts one, checks it at every save and submits a "
        "zip; a teacher releases and grades them. docs/teaching.md says more.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    def action(name, run, help, *arguments):
        added = actions.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".")
        for words, how in arguments:
            added.add_argument(words, **how)
        added.set_defaults(run=run)

    def argument(words, help, **how):
        return words, how | {"help": help}

    def path(words, help, **how):
        return argument(words, help, type=types.path, **how)

    number = argument("number", "1 to 5, or a name such as layers", metavar="NUMBER")
    student = argument(
        "--student", "whose variant it is, as your teacher knows you", metavar="ID", default=""
    )
    folder = path("--dir", "where the assignment was started (default: .)", default=".")
    action("list", show_list, "list the assignments and their tasks")
    action(
        "start", start, "write an assignment into a folder", number,
        path("folder", "default: its name", metavar="DIR", nargs="?"), student,
    )
    action(
        "check", check, "run the tests of an assignment, or of one task",
        argument("task", "as in 1.2, or 2", metavar="TASK", nargs="?", default=""),
        argument("--watch", "again at every save (Ctrl-C ends)", action="store_true"),
        argument("--limit", "give up on code that takes longer (default: 60)", type=types.seconds,
                 default=60.0, metavar="SECONDS"),
        folder,
    )
    action("submit", submit, "check once more, and pack what is handed in", folder)
    action(
        "release", release, "write the student's version, the solution, the rubric and nbgrader's "
        "source notebook into a folder", number, path("folder", None, metavar="DIR"), student,
    )
    action(
        "grade", grade, "grade submissions, each behind a wall", number,
        path("submissions", "a folder of them, or one", metavar="SUBMISSIONS"),
        path("--out", "for the table and the pages", metavar="DIR", required=True),
        argument("--jobs", "at a time (default: one a core)", type=types.processes, metavar="N"),
        argument("--patience", "all time limits times X, on a slow computer (default: 1)",
                 type=PATIENCE, default=1.0, metavar="X"),
        path("--roster", "the ids of the class, one a line; says who is missing and who is not on "
             "it", metavar="FILE"),
        argument("--strict", "do not grade where this system lacks one of the walls around "
                 "students' code", action="store_true"),
    )
    action("variant", variant, "say what was drawn for a student", number, student)


def show_list(options):
    from gan_scratch.coursework import source
    from gan_scratch.coursework.cases import points_of

    for number in range(1, len(source.NAMES) + 1):
        assignment = source.load(number)
        print(f"{assignment.title}  ({assignment.name})")
        for task, points in points_of(assignment).items():
            print(f"    {task}  {assignment.tasks[task]}, {points} points")
        for cell in assignment.questions:
            print(f"    {cell.task}  {cell.name.rpartition(' (')[0]}, read by a person")
    return 0


def start(options):
    from gan_scratch.coursework import handout, source

    folder = Path(options.folder or source.find(options.number))
    assignment, kept = handout.start(options.number, folder, options.student)
    for name in kept:
        print(f"{folder / name} was there already and stays as it is")
    print(f"{assignment.title}: {folder}")
    print(f"  read    {folder / assignment.name}.ipynb (jupyter lab {folder})")
    print(f"  write   {folder / assignment.module}.py")
    print(f"  check   cd {folder} && gan-scratch assignment check --watch")
    return 0


def check(options):
    from gan_scratch.coursework import check as checking
    from gan_scratch.coursework import source

    if options.watch:
        module = source.started_in(options.dir).module
        words = ["assignment", "check", *filter(None, [options.task])]
        words += ["--dir", options.dir, "--limit", str(options.limit)]
        return watch(Path(options.dir) / f"{module}.py", words)
    with time_limit(options.limit, "the check"):
        assignment, answers = checking.check_folder(options.dir, options.task)
    print(checking.in_words(assignment.tasks, answers))
    return 0 if all(not answer.words for answer in answers) else 1


def submit(options):
    from gan_scratch.coursework import check as checking
    from gan_scratch.coursework import handout

    with time_limit(300, "the last check"):
        assignment, answers, path = handout.submit(options.dir)
    print(checking.in_words(assignment.tasks, answers))
    if wrong := {answer.task for answer in answers if answer.words}:
        print(f"not all is done ({', '.join(sorted(wrong))}); you may submit again")
    if assignment.questions and handout.unanswered(options.dir):
        print("a question is open in answers.md, which a person reads; you may submit again")
    if not assignment.student.strip():
        print("no student is named in it: start with --student ID, if your teacher gave you one")
    print(f"hand in {path}")
    return 0


def release(options):
    from gan_scratch.coursework import handout

    assignment = handout.release(options.number, options.folder, options.student)
    folder = Path(options.folder)
    print(f"{assignment.title}: {folder}")
    print(f"  for students  {folder / 'student'}")
    print(f"  for you       {folder / 'solution'}, {folder / 'rubric.md'}")
    print(f"  for nbgrader  {folder / 'nbgrader'}")
    return 0


def grade(options):
    from gan_scratch.coursework.gradebook import TABLE, grade_class

    rows = grade_class(
        options.number, options.submissions, options.out, jobs=options.jobs,
        patience=options.patience, strict=options.strict, roster=options.roster,
        say=lambda words: print(words, flush=True),
    )
    graded = sum(row["score"] != "" for row in rows)
    noted = sum(bool(row["notes"]) for row in rows)
    print(f"{graded} graded, {len(rows) - graded} not: {Path(options.out) / TABLE}")
    if noted:
        print(f"rows with a note, to be read before you enter a mark: {noted}")
    if failed := [row["file"] for row in rows if row["failed"]]:
        print(f"not graded, and not the student's fault: {', '.join(failed)}")
    return 1 if failed else 0


def variant(options):
    from gan_scratch.coursework import source, students

    student = students.checked(options.student)
    for name, value in source.load(options.number, student).drawn.items():
        print(f"{name}: {value}")
    return 0
