"""Small XLSX and ODS files, made by hand as the formats' specifications say, so that no library of ours wrote them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Mapping
from xml.sax.saxutils import escape

Sheets = Mapping[str, list[list[str]]]
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACK = "http://schemas.openxmlformats.org/package/2006"


def xlsx(sheets: Sheets, *, numbers: Collection[str] = ()) -> bytes:
    """``numbers`` are written as numbers, the other cells as text."""

    def cell(text: str) -> str:
        if text in numbers:
            return f"<c><v>{text}</v></c>"
        return f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>'

    def sheet(lines: list[list[str]]) -> str:
        rows = "".join(f"<row>{''.join(map(cell, line))}</row>" for line in lines)
        return f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'

    ids = range(1, len(sheets) + 1)
    names = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in zip(ids, sheets, strict=True))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    links = "".join(f'<Relationship Id="r{n}" Type="{_REL}/worksheet" Target="worksheets/{n}.xml"/>' for n in ids)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACK}/content-types"><Default Extension="xml" ContentType="{kind}.'
        f'worksheet+xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        f'relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACK}/relationships"><Relationship Id="r1" '
        f'Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACK}/relationships">{links}</Relationships>',
        **{f"xl/worksheets/{n}.xml": sheet(lines) for n, lines in zip(ids, sheets.values(), strict=True)},
    }
    return _packed(parts)


def ods(sheets: Sheets, *, numbers: Collection[str] = ()) -> bytes:
    def cell(text: str) -> str:
        if text in numbers:
            return f'<table:table-cell office:value-type="float" office:value="{text}"/>'
        return f'<table:table-cell office:value-type="string"><text:p>{escape(text)}</text:p></table:table-cell>'

    def sheet(name: str, lines: list[list[str]]) -> str:
        rows = "".join(f"<table:table-row>{''.join(map(cell, line))}</table:table-row>" for line in lines)
        return f'<table:table table:name="{name}">{rows}</table:table>'

    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    body = "".join(sheet(name, lines) for name, lines in sheets.items())
    content = (
        f'<office:document-content{spaces} office:version="1.3"><office:body><office:spreadsheet>{body}'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return _packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content,
                    "META-INF/manifest.xml": '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:'
                    'manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="application/'
                    'vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'})  # fmt: skip


def _packed(parts: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text if name == "mimetype" else f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return out.getvalue()
