"""Formulas of clusters, their isotopic envelopes, and mass spectra."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "assignment": ["assign", "compositions"],
        "balance": ["check", "complement", "misprints", "repairs", "window"],
        "candidates": ["bounds", "charges"],
        "electrons": ["VALENCE", "electron_count", "feeding_electrons", "known_electrons"],
        "files": ["read_spectrum", "write_spectrum"],
        "condensed": ["read_condensed"],
        "formula": ["elements", "family", "html", "latex", "parse", "reaction", "typeset"],
        "grammar": ["FormulaError"],
        "isotopes": [
            "ELECTRON",
            "ISOTOPES",
            "element_isotopes",
            "envelope",
            "envelopes",
            "fine_envelope",
            "masses",
        ],
        "ligands": ["LIGANDS", "find_ligand", "read_ligands"],
        "lines": ["SHAPES", "axis", "design", "profile", "synthesise"],
        "species": ["SUBSCRIPT", "SUPERSCRIPT", "Species"],
    },
)
