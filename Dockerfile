# syntax: the classic builder is enough. docs/image.md
# The base needs Python 3.11 or newer with venv, and a shell; any of Debian's or python's own will do.
ARG BASE=python:3.12-slim
FROM ${BASE} AS build
ARG VERSION=
# Wheels that were fetched before, where the build has no network (`make image`); else the index.
COPY Dockerfile .daemonctl/wheel[s] /wheels/
COPY deploy/lock/run.txt /src/run.txt
RUN python3 -m venv /opt/daemonctl \
    && if [ -n "$(ls /wheels/*.whl 2>/dev/null)" ]; then set -- --no-index --find-links /wheels; fi \
    && /opt/daemonctl/bin/python -m pip install --disable-pip-version-check --no-cache-dir \
        --only-binary=:all: --require-hashes "$@" -r /src/run.txt
COPY pyproject.toml README.md LICENSE /src/
COPY daemonctl /src/daemonctl
RUN cd /src \
    && if [ -n "${VERSION}" ]; then sed -i "s/^version = .*/version = \"${VERSION}\"/" pyproject.toml; fi \
    && /opt/daemonctl/bin/python -m pip install --disable-pip-version-check --no-cache-dir \
        --no-deps --no-build-isolation . \
    && /opt/daemonctl/bin/python -m pip uninstall --yes --quiet setuptools pip

FROM ${BASE}
ARG VERSION=
LABEL org.opencontainers.image.title="daemonctl" \
      org.opencontainers.image.description="Keeps one consul-agent and one registrator on every Amazon ECS container instance" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /opt/daemonctl /opt/daemonctl
ENV PATH=/opt/daemonctl/bin:/usr/local/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# By number, so that runAsNonRoot and the like can tell without /etc/passwd. It writes no file.
USER 65532:65532
WORKDIR /tmp
EXPOSE 8080 9102
# Live is: the loops turn. ECS looks at the task definition's own check instead.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
    CMD ["python3", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:9102/livez', timeout=4)"]
ENTRYPOINT ["daemonctl"]
CMD ["run"]
