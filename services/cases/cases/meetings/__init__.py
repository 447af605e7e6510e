"""Family team meetings: who came, what was decided, when the plan is looked at again (CA-6)."""
