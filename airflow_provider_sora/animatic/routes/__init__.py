"""What is asked of the server, by path: the paid calls and jobs, content and characters, and the control routes.

Here belong paths, parameters and the shape of answers. What is done lies in ``jobs``; how another server would put it,
in ``dialects``.
"""
