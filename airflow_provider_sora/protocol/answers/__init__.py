"""A server's answers as jobs, pages and typed errors. Pure; every text passes the gate for secrets here.

Here belongs how a job, a status word, a refusal or an error looks, whoever sent it. What only one kind of server does
belongs in its description (``servers``).
"""
