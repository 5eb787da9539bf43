# Airflow with the engine in it. Rules are mounted, so that a change of a rule needs no new image.
FROM apache/airflow:3.3.2-python3.11

COPY --chown=airflow:0 pyproject.toml constraints.txt README.md LICENSE /opt/retention/
COPY --chown=airflow:0 docs/reference/errors.md /opt/retention/docs/reference/errors.md
COPY --chown=airflow:0 retention /opt/retention/retention
COPY --chown=airflow:0 anonymizers /opt/retention/anonymizers
COPY --chown=airflow:0 plugins /opt/retention/plugins
COPY --chown=airflow:0 dags /opt/airflow/dags

# Airflow's version is named again, so that pip cannot move it.
RUN pip install --no-cache-dir --constraint /opt/retention/constraints.txt \
        "apache-airflow==3.3.2" "/opt/retention[airflow,verify,postgres,mariadb,celery]" \
    && mkdir -p /opt/airflow/retention && chmod 0700 /opt/airflow/retention

ENV RETENTION_RULES=/opt/airflow/retention_rules \
    RETENTION_HOME=/opt/airflow/retention \
    GX_ANALYTICS_ENABLED=false
