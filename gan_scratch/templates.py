"""HTML pages from templates: a page lies beside the module that gathers what it shows.

Templates are in the language of Jinja. Every value is escaped, and a name without a value is an
error.
"""

import functools


def render(template, **values):
    """The template at the path `template` in gan_scratch, filled in.

    Raises jinja2.UndefinedError for a name that is not among the values.
    """
    return _environment().get_template(template).render(values)


@functools.cache
def _environment():
    import jinja2  # here, because few commands write a page

    return jinja2.Environment(
        loader=jinja2.PackageLoader("gan_scratch", ""), autoescape=True,
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
