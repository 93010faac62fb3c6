"""Binary colloidal crystals and icosahedral clusters, after Wang et al. (2021).

Configurations are :class:`gsd.hoomd.Frame` with the particle types ``L`` (large) and ``S`` (small);
lengths are in diameters of the large spheres unless a function says otherwise.
"""
