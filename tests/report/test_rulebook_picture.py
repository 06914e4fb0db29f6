"""Pictures of the rulebook: whole, valid, with every entry and every link, and hostile text shown as text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from rightscheck.cli.main import run
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.language.tree import Ref, leaves
from rightscheck.report import rulebook_picture as picture
from rightscheck.report.rulebook_graph import around, graph_of, of_right
from rightscheck.report.texts import Texts
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import load_rulebook, rulebook_from_content
from tests.audit.folder import write_book
from tests.books import content, rule

TEXTS = Texts("en")
HOSTILE = '</title><script>alert(1)</script> "quoted" \\ & {{ 7 * 7 }} \x1b[31m \N{RIGHT-TO-LEFT OVERRIDE}'


@pytest.fixture(scope="module")
def bundled() -> Rulebook:
    return load_rulebook()


@pytest.fixture(scope="module")
def hostile() -> Rulebook:
    rules = [
        rule("vague", "law.precision from vague and shut", title=HOSTILE, because="So.", cure=HOSTILE, limits=HOSTILE),
        rule("help", "law.published", effect="mitigates", answers=["vague"], unless="shut"),
    ]
    factors = [{"id": "shut", "title": HOSTILE, "when": "assembly.regime == prohibited"}]
    return rulebook_from_content(content(rules, factors, title=HOSTILE))


def quoted(key: str) -> str:
    return f'"{key}"'


def views(book: Rulebook, right: str, name: str) -> list[picture.View]:
    return [
        picture.whole(book),
        picture.one_right(book, right, TEXTS),
        *(picture.one_rule(book, name, hops, TEXTS) for hops in (1, 2, 9)),
    ]


def test_the_graph_holds_everything_and_what_rests_on_what(bundled: Rulebook) -> None:
    graph = graph_of(bundled)
    kinds = [item.kind for item in graph.items.values()]
    assert kinds.count("rule") == len(bundled.rules) and kinds.count("fact") == len(vocabulary().facts)
    assert kinds.count("factor") == len(bundled.trees.factors)
    below = graph.below()
    for name, tree in {**bundled.trees.when, **bundled.trees.unless}.items():
        named = {f"factor {x.factor}" if isinstance(x, Ref) else f"fact {x.fact}" for x in leaves(tree)}
        assert named <= set(below[f"rule {name}"])
    for entry in bundled.content.rules:
        assert {f"stage {right} {entry.stage}" for right in entry.rights} <= set(graph.above()[f"rule {entry.id}"])


def test_parts_hold_what_they_are_of(bundled: Rulebook) -> None:
    graph = graph_of(bundled)
    part = of_right(graph, "minority")
    mine = {f"rule {r.id}" for r in bundled.rules_by_right["minority"]}
    assert mine == {key for key, item in part.items.items() if item.kind == "rule"}
    for name in list(bundled.rules)[::40]:
        sizes = []
        for hops in (1, 2, 3):
            near, left_out = around(graph, name, hops, 40)
            facts = {f"fact {fact}" for fact in bundled.facts_of_rule[name]}
            assert {f"rule {name}", *facts} <= set(near.items)
            sizes.append(len(near.items) + left_out)
        assert sizes == sorted(sizes)


@pytest.mark.parametrize("which", range(5))
def test_pictures_of_the_bundled_rulebook_are_well_formed(bundled: Rulebook, which: int) -> None:
    name = "assembly-blanket" if "assembly-blanket" in bundled.rules else next(iter(bundled.rules))
    view = views(bundled, "assembly", name)[which]
    drawn = ElementTree.fromstring(picture.as_svg(view, TEXTS))
    titles = "".join(node.text or "" for node in drawn.iter("{http://www.w3.org/2000/svg}title"))
    page = picture.as_html(view, TEXTS).decode()
    ids = re.findall(r'<details class="entry" id="([^"]+)"', page)
    wanted = {picture.anchor(k) for k, i in view.graph.items.items() if i.kind in ("rule", "factor", "fact")}
    assert len(ids) == len(set(ids)) and set(ids) == wanted
    assert set(re.findall(r'href="#([^"]+)"', page)) <= wanted
    assert not re.findall(r'(?:src|href)="(?!#)[^"]*"', page) and "url(" not in page
    assert all(item.title[:20] in titles or item.kind != "rule" for item in view.graph.items.values())


def test_hostile_texts_stay_text(hostile: Rulebook) -> None:
    for view in views(hostile, "assembly", "vague"):
        ElementTree.fromstring(picture.as_svg(view, TEXTS))
        for made in (picture.as_svg(view, TEXTS), picture.as_html(view, TEXTS), picture.as_dot(view)):
            text = made.decode()
            assert "\x1b" not in text and "\N{RIGHT-TO-LEFT OVERRIDE}" not in text and " 49 " not in text
        assert picture.as_html(view, TEXTS).decode().count("<script>") == 1
        assert "<script>" not in picture.as_svg(view, TEXTS).decode()


def test_dot_is_well_formed(hostile: Rulebook, bundled: Rulebook) -> None:
    string = r'"(?:[^"\\\n]|\\.)*"'
    allowed = re.compile(
        rf"(?:digraph rulebook {{|}}|rankdir=LR; ranksep=1.2; newrank=true;|node \[.*\];|label={string};"
        rf"|subgraph cluster_\d+ {{|{string} \[label={string}, [^\"]*{string}, color={string}(?:, shape=\w+)?\];"
        rf"|{string} -> {string}(?: \[[\w=, ]+\])?;)\Z"
    )
    for view in (*views(hostile, "assembly", "vague"), picture.whole(bundled)):
        lines = picture.as_dot(view).decode().splitlines()
        assert all(allowed.match(line.strip()) for line in lines)
        opened = [line for line in lines if line.startswith(("digraph", "  subgraph"))]
        assert len(opened) == sum(line.strip() == "}" for line in lines)
        keys = {f"  {a} -> {b}" for a, b in (map(quoted, line) for line in view.graph.lines)}
        assert keys == {
            line.split(" [")[0].removesuffix(";") for line in lines if line.startswith('  "') and " -> " in line
        }


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    write_book(tmp_path / "rules", content([rule("vague", "law.precision from vague")]))
    for name, *more in (
        ("all.svg",),
        ("all.html",),
        ("all.dot",),
        ("right.svg", "--right", "assembly"),
        ("rule.html", "--rule", "vague", "--hops", "2"),
    ):
        assert run(["--rulebook", "rules", "rules", "graph", "-o", name, *more]) == 0
        assert (tmp_path / name).stat().st_size > 500
    for args, words in (
        (("-o", "x.png"), "a picture ends in .svg, .html or .dot"),
        (("-o", "x.svg", "--rule", "vage"), "did you mean `vague`"),
        (("-o", "x.svg", "--right", "assmbly"), "did you mean `assembly`"),
        (("-o", "x.svg", "--hops", "2"), "goes with --rule"),
        (("-o", "x.svg", "--rule", "vague", "--right", "assembly"), "not both"),
    ):
        assert run(["--rulebook", "rules", "rules", "graph", *args]) == 2
        out, err = capsys.readouterr()
        assert words in err and len(err.splitlines()) == 1 and not out
    assert run(["--rulebook", "rules", "rules", "graph", "-o", "nowhere/x.svg"]) == 4
