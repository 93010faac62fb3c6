"""3D views and figures."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "show": [
            "AXIS",
            "DISTANCE",
            "HAZE",
            "Html",
            "LIBRARY",
            "LINE",
            "OPACITY",
            "REACH",
            "RIM",
            "atoms",
            "particles",
            "script_tag",
            "trajectory",
        ],
    },
)
