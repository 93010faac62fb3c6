"""The normal equations of many spheres in many pictures, and their solution by conjugate gradients.

Each sphere has four unknowns, its place and its scattering power. The matrix couples all spheres that lie
over one another in any picture and is never formed: it is applied by the sparse footprints.
"""

import numpy as np

from supracrystal.tomography.footprint import footprints
from supracrystal.tomography.projection import positions_in_projection


def normal_equations(series, angles, pixel, fit, kind, profiles):
    """Return residual, gradient, diagonal blocks, and of each tilt the footprints and the picture's axes."""
    shape, number = series.shape[1:], len(fit["place"])
    gradient, blocks = np.zeros((number, 4)), np.zeros((number, 4, 4))
    residual, jacobian, cost = np.empty_like(series), [], 0.0
    for k, angle in enumerate(angles):
        where = positions_in_projection(fit["place"], angle, fit["shift"][k])
        axes = positions_in_projection(np.eye(3), angle)  # (3, 2): u and v for each of x, y and z
        parts = footprints(where, kind, profiles, pixel, shape)
        model = parts[0].T @ fit["weight"].astype(np.float32)
        empty = model == 0
        left = series[k].ravel() - model
        left -= left[empty].mean() if empty.sum() > 100 else 0
        residual[k] = left.reshape(shape)
        cost += float(left @ left)
        turn = np.zeros((number, 4, 3))  # from changes of place and weight to those of u, v and weight
        turn[:, :3, 1:] = fit["weight"][:, None, None] * axes
        turn[:, 3, 0] = 1
        gradient += np.einsum("nij,nj->ni", turn, np.column_stack([part @ left for part in parts]))
        small = np.empty((number, 3, 3))
        for i in range(3):
            for j in range(i, 3):
                small[:, i, j] = small[:, j, i] = row_sums(parts[i], parts[i].data * parts[j].data)
        blocks += turn @ small @ turn.transpose(0, 2, 1)
        jacobian.append((parts, axes))
    return {"residual": residual, "gradient": gradient, "blocks": blocks, "jacobian": jacobian, "cost": cost}


def row_sums(matrix, data):
    """Return the sum of data over the entries of each row of a sparse matrix."""
    total = np.append(0, np.cumsum(data, dtype=float))
    return total[matrix.indptr[1:]] - total[matrix.indptr[:-1]]


def solve(normal, weight, damping, iterations, only_weight):
    """Solve the damped normal equations by preconditioned conjugate gradients."""
    blocks = normal["blocks"].copy()
    free = np.array([not only_weight] * 3 + [True])
    diagonal = np.einsum("nii->ni", blocks)
    extra = damping * diagonal + 1e-9 * diagonal.max(axis=0) + 1e-30
    np.einsum("nii->ni", blocks)[:] += extra
    blocks[:, ~free, :] = blocks[:, :, ~free] = 0
    blocks[:, ~free, ~free] = 1
    inverse = np.linalg.inv(blocks)
    weight = weight[:, None]

    def apply(x):
        out = extra * x
        place, power = weight * x[:, :3], x[:, 3].astype(np.float32)
        for parts, axes in normal["jacobian"]:
            u, v = (place @ axes).T.astype(np.float32)
            picture = parts[0].T @ power + parts[1].T @ u + parts[2].T @ v
            out[:, 3] += parts[0] @ picture
            out[:, :3] += weight * (np.column_stack([parts[1] @ picture, parts[2] @ picture]) @ axes.T)
        return out * free

    x = np.zeros_like(normal["gradient"])
    r = normal["gradient"] * free
    z = np.einsum("nij,nj->ni", inverse, r)
    p, rz = z.copy(), np.vdot(r, z)
    small = 1e-10 * rz
    for _ in range(iterations):
        if rz <= small:
            break
        ap = apply(p)
        alpha = rz / np.vdot(p, ap)
        x += alpha * p
        r -= alpha * ap
        z = np.einsum("nij,nj->ni", inverse, r)
        rz, old = np.vdot(r, z), rz
        p = z + rz / old * p
    return x
