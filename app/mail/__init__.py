"""Mail: letters and circulars that wait in one outbox, and the road from there to the council's mail server.

Words: letter (one text for one reader), circular (one text for many), copy (a circular's row for one reader), lane (what goes
before what), lease (a worker's hold on a row), pace (how many leave in a minute), held (not to leave until an operator says so).
"""
