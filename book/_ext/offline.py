"""Check that no page of the site makes a browser ask another host for anything.

``python book/_ext/offline.py _build/html`` prints each script, style sheet, font, picture or frame that is
taken from elsewhere and fails if there is one. Links that a reader follows are allowed.
"""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

FETCHING_LINKS = {"stylesheet", "icon", "preload", "prefetch", "modulepreload", "manifest", "preconnect"}
IN_STYLE = re.compile(r"""(?:url\(\s*|@import\s+)["']?((?:https?:)?//[^"')\s]+)""")


def is_foreign(address):
    """Return whether an address leads to another host."""
    return address.strip().lower().startswith(("http:", "https:", "//"))


class Page(HTMLParser):
    """The addresses that a browser fetches by itself when it opens a page."""

    def __init__(self):
        super().__init__()
        self.foreign = []

    def handle_starttag(self, tag, attrs):
        """Collect what one element asks for."""
        attrs = {name: value or "" for name, value in attrs}
        wanted = [attrs.get("src", ""), attrs.get("poster", ""), *attrs.get("srcset", "").split(",")]
        if tag == "link" and FETCHING_LINKS & set(attrs.get("rel", "").split()):
            wanted.append(attrs.get("href", ""))
        if tag == "object":
            wanted.append(attrs.get("data", ""))
        self.foreign += [f"<{tag}> {address}" for address in wanted if is_foreign(address)]
        self.foreign += IN_STYLE.findall(attrs.get("style", ""))

    def handle_data(self, data):
        """Collect what a style sheet within the page asks for."""
        if self.lasttag == "style":
            self.foreign += IN_STYLE.findall(data)


def foreign(site):
    """Return ``(file, address)`` for all that the pages and style sheets of a site take from elsewhere."""
    found = []
    for path in sorted(Path(site).rglob("*.html")):
        page = Page()
        page.feed(path.read_text(encoding="utf8"))
        found += [(path, address) for address in page.foreign]
    for path in sorted(Path(site).rglob("*.css")):
        found += [(path, address) for address in IN_STYLE.findall(path.read_text(encoding="utf8"))]
    return found


if __name__ == "__main__":
    pages = foreign(sys.argv[1])
    for path, address in pages:
        print(f"{path} asks another host: {address}", file=sys.stderr)
    sys.exit(bool(pages))
