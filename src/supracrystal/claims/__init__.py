"""What the papers print, beside what this package computes."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "register": [
            "VERDICTS",
            "agrees",
            "compute",
            "evaluate",
            "in_words",
            "ours",
            "papers",
            "printed",
            "reason",
            "read_claims",
            "scoreboard",
            "table",
            "totals",
            "verdict",
        ],
    },
)
