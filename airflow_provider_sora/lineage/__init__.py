"""What a clip was made from and what came of it, for those who follow data through systems: OpenLineage, and hooks.

Here belong the names that places have there, what is told of a job or an archived clip (pure), and its form as facets
of OpenLineage. Who tells it, an operator or the hook, lies above; nothing here asks a server or a store. No prompt
leaves through here, only its hash. ``facets`` alone imports OpenLineage, and is imported where that provider runs.
"""
