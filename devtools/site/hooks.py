"""What MkDocs is told beyond ``mkdocs.yml``: pages from outside ``docs``, sources as pages, and the one drawing."""

from __future__ import annotations

import ast
import posixpath
import re
from pathlib import Path
from typing import Any

from devtools.site.drawing import drawn

REPOSITORY = Path(__file__).resolve().parents[2]
#: Files of the repository that are pages of the site, and where.
PAGES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "README.ja.md": "ja/index.md",
    "RELEASING.md": "releasing.md",
}
#: Sources that pages link to. Each becomes a page that shows it, for whoever reads the site has no repository.
SOURCES = (
    "dags/*.py",
    "dags/include/storyboards/*.yaml",
    "docs/examples/*.py",
    "docs/examples/*.csv",
    "airflow_provider_sora/archive/*.schema.json",
)
#: What the site has under another name than the repository.
ALIASES = {"README.md": "index.md", "SECURITY.md": "security.md"}
_LINK = re.compile(r"(\]\()([^)\s#]+)((?:#[^)\s]*)?\))")
_BY_FILE = re.compile(r"\[([\w-]+\.md)\]\(([^)\s#]+)((?:#[^)\s]*)?)\)")
_FENCED = re.compile(r"(^ *```.*?^ *```$)", re.MULTILINE | re.DOTALL)
#: A line's end within Japanese.
_CJK = "[\\u3000-\\u30ff\\u3400-\\u9fff\\uff00-\\uffef]"
_LINE_END = re.compile(rf"(?<={_CJK})\n *(?={_CJK})")
_MERMAID = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LANGUAGES = {".py": "python", ".json": "json", ".csv": "text", ".yaml": "yaml"}


def sources() -> list[Path]:
    return sorted(path for pattern in SOURCES for path in REPOSITORY.glob(pattern))


def place_of(path: str) -> str:
    """Where a file of the repository lies in the site; text that names none of its pages comes back as it is."""
    if path in PAGES or path in ALIASES:
        return PAGES.get(path) or ALIASES[path]
    if REPOSITORY / path in sources():
        return f"sources/{Path(path).name.replace('.', '-')}.md"
    return path.removeprefix("docs/")


def moved(text: str, origin: str) -> str:
    """The text of ``origin``, a path in the repository, with its links as they must be in the site."""
    here, there = posixpath.dirname(origin), posixpath.dirname(place_of(origin))

    def link(found: re.Match[str]) -> str:
        target = found[2]
        if "://" in target or target.startswith("mailto:"):
            return found[0]
        named = posixpath.normpath(posixpath.join(here, target))
        return f"{found[1]}{posixpath.relpath(place_of(named), there or '.')}{found[3]}"

    return _LINK.sub(link, text)


def shown(path: Path) -> str:
    """A source as a page."""
    fence = "`" * 4
    name = path.relative_to(REPOSITORY).as_posix()
    return (
        f"# {path.name}\n\n`{name}`\n\n{fence}{_LANGUAGES[path.suffix]}\n{path.read_text('utf-8').rstrip()}\n{fence}\n"
    )


def index() -> str:
    """The page that lists the sources, each with the first sentence of its own text."""
    rows = []
    for path in sources():
        text = path.read_text("utf-8")
        said = (ast.get_docstring(ast.parse(text)) or "").partition("\n\n")[0] if path.suffix == ".py" else ""
        origin = path.relative_to(REPOSITORY).as_posix()
        rows.append(f"| [`{origin}`]({Path(place_of(origin)).name}) | {' '.join(said.split())} |")
    return (
        "# DAGs and examples\n\nEach of them is run by a test.\n\n| file | |\n| --- | --- |\n" + "\n".join(rows) + "\n"
    )


def on_files(files: Any, config: Any) -> Any:
    from mkdocs.structure.files import File  # in the site's own environment alone

    for origin, place in PAGES.items():
        text = worded((REPOSITORY / origin).read_text("utf-8"), origin)
        files.append(File.generated(config, place, content=moved(text, origin)))
    files.append(File.generated(config, "sources/index.md", content=index()))
    for path in sources():
        origin = path.relative_to(REPOSITORY).as_posix()
        files.append(File.generated(config, place_of(origin), content=shown(path)))
        twin = files.get_file_from_path(origin.removeprefix("docs/")) if origin.startswith("docs/") else None
        if twin is not None:
            files.remove(twin)
    return files


def title_of(origin: str) -> str:
    """The first heading of a page of the repository; blank where there is none."""
    path = REPOSITORY / origin
    found = re.search(r"^# (.+)$", path.read_text("utf-8"), re.MULTILINE) if path.is_file() else None
    return found[1] if found else ""


def worded(text: str, origin: str) -> str:
    """Links that name a file are good in a repository; whoever reads the site knows pages by their titles."""

    def link(found: re.Match[str]) -> str:
        title = title_of(posixpath.normpath(posixpath.join(posixpath.dirname(origin), found[2])))
        return f"[{title or found[1]}]({found[2]}{found[3]})"

    return _BY_FILE.sub(link, text)


def joined(text: str) -> str:
    """Japanese knows no blank between words, and a browser would show one where a line ends."""
    pieces = _FENCED.split(text)
    pieces[::2] = [_LINE_END.sub("", piece) for piece in pieces[::2]]
    return "".join(pieces)


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    if page.file.generated_by is None:
        origin = f"docs/{page.file.src_uri}"
        markdown = moved(worded(markdown, origin), origin)
    if page.file.src_uri.startswith("ja/"):
        markdown = joined(markdown)
    return _MERMAID.sub(lambda found: drawn(found[1]), markdown)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """A browser takes the shapes of characters from a page's language: those of Chinese are others."""
    japanese = page.file.src_uri.startswith("ja/")
    return output.replace('<html lang="en"', '<html lang="ja"', 1) if japanese else output
