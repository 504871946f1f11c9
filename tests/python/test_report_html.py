"""The report as HTML, read by a parser that forgives nothing."""

import re

import html5lib
import pytest

from conftest import Emberline, binary


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    emberline = Emberline(binary(), tmp_path_factory.mktemp("home"))
    ended = emberline.run("report", "--sandbox", "--format", "html", "-o", "report.html")
    assert ended.status == 3, ended.err
    return (emberline.home / "report.html").read_text(encoding="utf-8")


def test_it_is_well_formed(page):
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree = parser.parse(page)
    assert tree.find("head/title").text.startswith("Fleet: ")
    tables = tree.findall(".//table")
    assert len(tables) > 5
    for table in tables:
        headings = table.findall("thead/tr/th")
        rows = table.findall("tbody/tr")
        assert headings and rows
        assert {len(row.findall("td")) for row in rows} == {len(headings)}


def test_nothing_runs_and_nothing_is_loaded(page):
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    tags = {element.tag for element in tree.iter() if isinstance(element.tag, str)}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "a"}
    for element in tree.iter():
        assert not [name for name in element.attrib if name.startswith("on") or name in ("src", "href", "style")]
    style = tree.find("head/style").text
    assert "url(" not in style and "@import" not in style
    assert re.search(r"@page \{ size: A4", style)
