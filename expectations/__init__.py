"""Expectations: what may enter, and what the analysis may rely on."""
