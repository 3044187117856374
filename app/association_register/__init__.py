"""The register of associations as officers keep it: applications, renewals, grants, and the list that a town has already."""
