"""Misuse is looked for: rules as data, alerts that are acknowledged, investigated and closed (AU-2, AU-7)."""
