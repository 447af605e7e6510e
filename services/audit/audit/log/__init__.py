"""The log itself: a Merkle tree of salted leaves, its signed checkpoints and its proofs (AU-4)."""
