"""Questions: what does each source document ask, and what do these data say to it?"""
