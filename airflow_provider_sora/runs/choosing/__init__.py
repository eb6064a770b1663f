"""What a run makes clips of: articles, products, or items of one's own, each once, fairly and within the budget.

Belongs here: one module for each kind of input, which reads it (``inputs``), leaves out what earlier runs did
(``remembered``) and ends in a plan. Not here: the plan itself (``runs.planned``), or the words that are sent
(``prompts``).
"""
