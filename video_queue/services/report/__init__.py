"""The report of a span of time: what ended while nobody looked, as data and as one page."""
