"""Electron tomography of supraparticles: from tilt series to the coordinates of particles.

For Wang et al. (2021, `wang2021`).
"""
