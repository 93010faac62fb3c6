"""Clusters of metal atoms in a shell of ligands: formulas, electrons, mass spectra.

For Acharya et al. (2025, `acharya2025`), Lin et al. (2022, `lin2022`) and Bose et al. (2025, `bose2025`).
"""
