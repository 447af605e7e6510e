"""Assessments: answers to versioned forms, seen by category and by consent (CA-4)."""
