"""The parity harness: drives two runtimes and the reference, compares, and says who is wrong."""
