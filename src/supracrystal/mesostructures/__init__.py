"""Nanoparticles that react with clusters and assemble."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "aggregates": ["maxwell_garnett"],
        "association": ["GAP", "association_constant", "bound_faces"],
        "colour": ["MEASURED", "particles"],
        "composition": ["flat_footprint"],
        "correlogram": ["Setup", "field_correlation", "measure"],
        "cuboids": ["CONTACT", "aggregate", "largest_aggregate", "register", "touching"],
        "forces": [
            "BEAD_SPACING",
            "COVERAGE",
            "CRITICAL_VIRIAL",
            "GRID",
            "LENGTH",
            "STEP",
            "conditions",
            "critical_coverage",
            "face_energy",
            "plate_energy",
            "sphere_energy",
            "square_plate",
            "well",
        ],
        "hamaker": ["hamaker_constant"],
        "materials": ["alloy", "confined"],
        "optics": ["cross_sections", "peak"],
        "packing": ["last_frame", "sphere_order"],
        "population_balance": ["sections"],
        "sizing": ["cumulants"],
        "solvents": ["density", "refractive_index", "viscosity"],
        "stacking": ["plates"],
        "surfaces": ["deposit"],
    },
)
