"""3D views and figures."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "book": ["captioned", "glue_text", "row"],
        "show": ["Html", "atoms", "particles", "script_tag", "trajectory"],
    },
)
