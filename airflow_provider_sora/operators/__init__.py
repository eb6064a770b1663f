"""What a DAG file names: arguments, templates and the order of steps; thin.

Here belong Airflow's operators and what only they share. Once ``execute`` begins, arguments become checked values
(``tasks.terms``), and no operator is handed to what lies below. Imports nothing that a parse would pay for.
"""
