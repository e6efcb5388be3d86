"""Pipelines: everything that touches the world, from a delivery to a published bundle."""
