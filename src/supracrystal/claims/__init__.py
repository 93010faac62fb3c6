"""What the papers print, beside what this package computes."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "register": [
            "FIELDS",
            "KINDS",
            "SCORED",
            "VERDICTS",
            "agrees",
            "chapters",
            "compute",
            "evaluate",
            "filters",
            "in_words",
            "number",
            "ours",
            "papers",
            "printed",
            "read_claims",
            "reason",
            "schema",
            "score",
            "scoreboard",
            "table",
            "totals",
            "verdict",
        ],
    },
)
