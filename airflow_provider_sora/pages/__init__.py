"""All that a person looks at: the index of a run, of its day or of a prefix, and a dry run's plan.

``templates/`` holds the HTML, one stylesheet and one script; what a page says comes from ``words/``. Python here only
chooses values: ``cards.py`` one clip's, ``reason_rows.py`` those of what was not made, ``index_page.py`` and
``plan_page.py`` a page's. ``rendering.py`` is the only place that knows Jinja; ``addresses.py`` says which of a
stranger's texts may become a link.

A new page is a template that extends ``base.html``, imports ``clip_card``, ``reason_list`` or ``note_line`` (``with
context``), and is given the words as ``say``. A page in a bucket is a single file, so ``base.html`` puts the stylesheet
into it; a page that is served overrides its blocks ``style`` and ``policy``.

Not here: HTML in Python, what a run chose or paid (``runs/``), sentences and their translations (``words/``).
"""
