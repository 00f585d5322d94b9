"""Many cells at once: models x methods x conditions on a case, and (later) on cohorts."""
