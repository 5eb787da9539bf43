"""The Airflow side: DAGs from rules, thin operators, connections, pools, the page that shows reports."""
