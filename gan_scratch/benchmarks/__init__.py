"""Measurements that anyone can make again: `gan-scratch bench`."""


def markdown(heading, rows):
    """The lines of a table in Markdown; cells are divided by bars."""
    rule = "---" + heading.count("|") * "|---"
    return [f"| {heading} |", f"|{rule}|", *(f"| {row} |" for row in rows)]
