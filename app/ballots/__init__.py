"""Secret ballots: who has voted and what was voted, kept so that the two cannot be laid side by side (docs/adr/0006).

Words: the *roll* says who has voted; a confirmed ballot goes, sealed, into the *hopper*; the worker carries shuffled
batches from the hopper into the *box*; a *draft* is a ballot not yet confirmed; the *receipt* is a code that shows a
ballot is in the box; a *link* of the count chain states, signed, how many there were and what the box held.
"""
