"""How clusters and nanoparticles react, join and order into larger structures.

One subpackage for each domain, as the book has one part for each:
:mod:`supracrystal.colloids` (binary icosahedral clusters of hard spheres). What the domains
share sits beside them: :mod:`~supracrystal.view.show` (3D), :mod:`~supracrystal.view.style` (plots),
:mod:`~supracrystal.claims.register` (the papers' statements against ours) and :mod:`~supracrystal.cli`.
"""
