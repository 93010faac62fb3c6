"""The commands of ``supracrystal``: their options and what they print."""
