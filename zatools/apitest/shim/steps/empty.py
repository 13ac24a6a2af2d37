"""The module for zato-apitest's optional modules of steps: projects have these steps already, or they come later."""
