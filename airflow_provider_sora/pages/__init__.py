"""All that a person looks at: the index of a run, of its day or of a prefix, and a dry run's plan.

``templates/`` holds the HTML, one stylesheet and one script; ``rendering.py`` alone knows Jinja, ``cards.py`` and
``reason_rows.py`` choose values. A new page is a template that extends ``base.html``, imports ``clip_card`` and others
``with context``, and is given its words as ``say``. A page in a bucket is a single file, so ``base.html`` puts the
stylesheet into it; a page that is served overrides its blocks ``style`` and ``policy``.

Not here: HTML in Python, what a run chose or paid (``runs``), sentences and their translations (``words``).
"""
