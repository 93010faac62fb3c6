"""How clusters and nanoparticles react, join and order into larger structures.

Each room names its public functions in its ``__init__``. Imports go one way, down this list:
:mod:`~supracrystal.claims` (what the papers print, beside ours), :mod:`~supracrystal.commands`,
:mod:`~supracrystal.reactions`, :mod:`~supracrystal.clusters`, :mod:`~supracrystal.spectra`,
:mod:`~supracrystal.simulation`, :mod:`~supracrystal.tomography`, :mod:`~supracrystal.mesostructures`,
:mod:`~supracrystal.colloids`, :mod:`~supracrystal.records` (files and recorded results) and
:mod:`~supracrystal.view` (3D views and figures).
"""


class InputError(ValueError):
    """What the user gave cannot be used; the message names what was given, what is allowed and where."""
