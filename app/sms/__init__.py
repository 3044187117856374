"""SMS: short messages to those of a segment whom no e-mail reaches, who have a telephone and said yes to such messages.

An *adapter* hands a message to the council's provider: over HTTPS, or into a file for trials. Only the worker does.
"""
