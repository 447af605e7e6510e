"""The family's plan: goals that can be measured, and who does what by when (CA-5)."""
