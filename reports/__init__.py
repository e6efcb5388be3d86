"""Presentation: one protected results document in; figures, pages and words out."""
