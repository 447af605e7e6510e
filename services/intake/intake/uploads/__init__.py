"""Whole files of involvements from accredited outside systems: taken in parts, worked through row by row (IN-9)."""
