"""Policies: rules that a team writes itself, in plain English, about objects, an ODB or a plan."""
