r"""How formulas are typeset: HTML, LaTeX, mhchem and Unicode are brought to plain text.

``<sub>25</sub>``, ``_{25}``, ``_25`` and ``(25)`` behind a symbol become the count 25; ``<sup>-</sup>``,
``(1-)``, ``^{-1}`` and, behind a square bracket at the end, ``-1`` become the charge ``^{1-}``. Each
character keeps its place in the text as given, for the caret under an error.
"""

import html
import re

from supracrystal.spectra.ligands import PLAIN

_UNICODE = PLAIN | str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ", "0123456789+-()aeoxhklmnpstijruv")
_MARK = re.compile(
    r"(?P<entity>&#?[0-9A-Za-z]{1,31};)"
    r"|(?P<tag></?(?:sub|sup|i|em|span)(?:\s[^<>]*)?>)"
    r"|(?P<command>\\(?:ce|mathrm|mathit|mathbf|text|textrm|rm|mbox|left|right)(?![A-Za-z])\s*(?P<brace>\{)?)"
    r"|(?P<symbol>\\(?:cdot|bullet|rightarrow|longrightarrow|to|prime|equiv|[,;:!])(?![A-Za-z]))"
    "|(?P<nothing>[$\u00ad\u200b-\u200d\u2060\ufeff≡@])"
    r"|(?P<bracket>[{}])"
)
_TAGS = {"<sub": "_{", "<sup": "^{", "</su": "}"}
_SYMBOLS = {"\\cdot": "·", "\\bullet": "·", "\\prime": "'", "\\equiv": ""}
_SYMBOLS |= dict.fromkeys(("\\rightarrow", "\\longrightarrow", "\\to"), "→")
_END = r"(?=\s*(?:[-+→·]|$))"
_RULES = [
    (r"(?<![_^])\{\}", ""),
    (r"^(\s*[A-Z][a-z]?)-([0-9]+)(?=\(.*\)\([0-9]+\))", r"\1\2"),
    (r"(?<![0-9])_\s*(?:\{\s*([0-9]+)\s*\}|([0-9]+)(?![0-9]))(?!\s*[-+])", r"\1\2"),
    (r"(?<=[A-Za-z)\]'])\(([0-9]+)\)", r"\1"),
    (rf"(?<=[\w)\]}}'])\s?(?:\^?\(|\^\{{\(?)\s*([0-9]*)([+-])\s*(?:\)\}}?|\}}){_END}", r"^{\1\2}"),
    (rf"(?<=[\w)\]}}'])\s?(?:\^?\(|\^\{{\(?)\s*([+-])([0-9]+)\s*(?:\)\}}?|\}}){_END}", r"^{\2\1}"),
    (r"(?<=\])([+-])([0-9]+)(?=\s*(?:→|$))", r"^{\2\1}"),
    (rf"\^([+-])([0-9]+){_END}", r"^{\2\1}"),
    # A radical's dot, and the star of an excited state.
    (r"[·•∙⋅](?=\s*(?:[-+→]|$|\^))|\*(?=\s*$)", ""),
    (r"\s*[·•∙⋅]\s*", " + "),
]
_RULES = [(re.compile(pattern), template) for pattern, template in _RULES]
_LOWER = re.compile(r"((?:au|ag|cu|ni|pd|pt|zn|cd|hg)[0-9]*)+(?=[(\[])")


def plain(text):
    r"""Return a formula without its typography, and the place of each character in the text as given.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    list of int
        One more than there are characters: the last is the length of the text.

    Examples
    --------
    >>> plain(r"\ce{[Au_{25}(SC_2H_4Ph)_{18}]^{-}}")[0]
    '[Au25(SC2H4Ph)18]^{-}'
    >>> plain("Au(25)(PET)(18)(-)")[0]
    'Au25(PET)18^{-}'
    """
    clean, places, place, dropped = [], [], 0, []
    for match in _MARK.finditer(text):
        clean += text[place : match.start()]
        places += range(place, match.start())
        for character in _written(match, dropped):
            clean.append(character)
            places.append(match.start())
        place = match.end()
    clean = "".join(clean) + text[place:]
    places += range(place, len(text) + 1)
    clean = clean.translate(_UNICODE)
    for pattern, template in _RULES:
        clean, places = _replace(pattern, template, clean, places)
    if match := _LOWER.match(clean):
        clean = re.sub("[a-z]{2}", lambda metal: metal[0].title(), match[0]) + clean[match.end() :]
    return clean, places


def _written(match, dropped):
    """Return what is written instead of a mark; `dropped` says of each open brace whether it is left out."""
    kind, mark = match.lastgroup, match[0]
    if kind == "entity":
        return html.unescape(mark)
    if kind == "tag":
        written = _TAGS.get(mark[:4], "")
        if written.endswith("{"):
            dropped.append(False)
        elif written and dropped:
            dropped.pop()
        return written
    if kind == "symbol":
        return _SYMBOLS.get(mark, " ")
    if kind in ("command", "brace"):
        if match["brace"]:
            dropped.append(True)
        return ""
    if kind == "bracket":
        if mark == "{":
            dropped.append(False)
            return mark
        return "" if dropped and dropped.pop() else mark
    return ""


def _replace(pattern, template, clean, places):
    """Replace what a pattern matches; the new characters stand where it begins."""
    if not pattern.search(clean):
        return clean, places
    text, found, place = [], [], 0
    for match in pattern.finditer(clean):
        written = match.expand(template)
        text += [clean[place : match.start()], written]
        found += places[place : match.start()] + [places[match.start()]] * len(written)
        place = match.end()
    return "".join([*text, clean[place:]]), found + places[place:]
