"""Many jobs of one connection watched together: who is looked at when, and how. Decisions only; no clock, no socket."""
