"""The documentation site: what `make docs` does beyond MkDocs, Material and mkdocstrings.

Belongs here how pages of the repository become pages of the site, and how the finished site is judged. What the pages
say lies in ``docs``; which ones there are, and in which order, in ``mkdocs.yml``. Runs in the site's own environment
(``devtools/make_docs.sh``), where no Airflow is; imports nothing of the provider.
"""
