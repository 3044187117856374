"""The doctor: gathers facts about a site and its host, then lets small pure functions find what is wrong in them."""
