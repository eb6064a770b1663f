"""Buttons on a task in Airflow's own pages. Loaded by the web server, so they import next to nothing."""
