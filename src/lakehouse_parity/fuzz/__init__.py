"""Fuzzing: inputs that nobody thought of, differences as classes, each with its smallest example."""
