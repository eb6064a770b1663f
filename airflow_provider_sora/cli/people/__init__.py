"""Commands that decide something in a person's name, through Airflow's REST API with that person's token.

Here belong review and settling. What an answer means is not known here: it is judged where a task reads it.
"""
