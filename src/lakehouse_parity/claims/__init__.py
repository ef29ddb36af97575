"""A run as evidence: a folder that backs one claim, and can be checked again by somebody else."""
