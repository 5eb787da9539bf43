"""Retention and deletion/anonymization engine. Knows nothing of Airflow."""

__version__ = "0.1.0"
