"""FHIR R4 at the edge: what our doors answer, as resources that other systems of the field read (CO-1, AU-1)."""
