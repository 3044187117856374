"""The census: who is entitled to take part, as the lists of the council say.

Words: a *list* is one source (electoral roll, padrón, register, desk) with its legal basis and the day until which it is kept; an
*entry* is one entitled person on it, from a day until a day. Identity numbers and names are kept as keyed hashes only (ADR 13).
"""
