"""Audit: can a reader of the bundle alone work out a number that it protects?"""
