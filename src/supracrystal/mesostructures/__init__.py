"""Nanoparticles that react and assemble: composition, optics, growth, packing (Bose 2025, `bose2025`)."""
