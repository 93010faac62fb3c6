"""Numbers on the command line; what cannot be read ends with one line, which argparse writes."""

import argparse
import math

LARGEST = 1e7
"""Of a resolving power, a signal-to-noise ratio, and a length."""


def positive(text):
    """Read a positive number."""
    value = float(text)
    if not 0 < value <= LARGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number up to {LARGEST:.0e}")
    return value


def positives(text):
    """Read positive numbers that commas separate."""
    return [positive(part) for part in text.split(",")]


def weights(text):
    """Read numbers from 0, not all 0, that commas separate."""
    values = [float(part) for part in text.split(",")]
    if not all(0 <= value < math.inf for value in values) or not any(values):
        raise argparse.ArgumentTypeError(f"{text!r}: numbers from 0, not all 0, are needed")
    return values


def count(text):
    """Read a positive whole number."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive whole number")
    return value


def whole_numbers(text):
    """Read whole numbers that commas separate."""
    return [int(part) for part in text.split(",")]


def window(text):
    """Read the two ends of a window."""
    low, high = map(float, text.split(":"))
    if not 0 <= low < high < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r}: two rising numbers are needed, as 3000:3500")
    return low, high


# What argparse calls a value that is no number at all.
positive.__name__, positives.__name__, weights.__name__ = "positive number", *2 * ("list of numbers",)
count.__name__, whole_numbers.__name__ = "whole number", "list of whole numbers"
