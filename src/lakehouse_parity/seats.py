"""The two seats under test; what sits in them is the configuration's business."""

RUNTIMES = ("rust", "go")
