"""Waiting for a job that something else submitted; the looking itself lies in ``jobs.waiting``. Never pays."""
