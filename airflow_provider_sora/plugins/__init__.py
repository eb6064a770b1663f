"""What Airflow's API server mounts: routes for servers and, later, for people's browsers.

Belongs here: the plugin itself, its routes, and what they need of the API server (its database session, its users).
Not here: what a page looks like (``pages``) and what a delivery means (``webhooks``). Every Airflow process imports
:mod:`.sora`, so it loads the rest only where the API server asks for it.
"""
