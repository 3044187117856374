"""Segments: whom the council means, described by a rule over census, account, tags, engagement and what people did.

Words: a *rule* is a tree of ALL, ANY and NOT over *conditions*; a *segment* is a named rule, each change of which is a *version*;
an *export* is a file made of one version for a purpose. Nothing here knows how anybody voted: the activity log cannot say.
"""
