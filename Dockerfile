# An upgrade is one line: the digest that `docker buildx imagetools inspect python:3.11-slim-bookworm` prints.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

# Built in a stage of its own, so that the final image contains no build tools and no caches.
FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/build && python -m venv /opt/crossrate
WORKDIR /build
# Before the sources, so that Docker reuses this layer until a dependency changes.
COPY requirements.lock requirements-build.lock ./
RUN /opt/build/bin/pip install --require-hashes --requirement requirements-build.lock && \
    /opt/crossrate/bin/pip install --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY clients clients
# Without isolation, by which pip would fetch what builds the package, unchecked.
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /build/wheels ./clients/python . && \
    /opt/crossrate/bin/pip install --no-deps --no-index /build/wheels/*.whl

# For docker-compose.test.yml, which mounts the checkout: what the tests need, and the package's commands. The sources of
# the copy that `run` makes count before those of the package.
FROM build AS tests
RUN apt-get update && apt-get install --yes --no-install-recommends curl git make openssl procps && \
    rm -rf /var/lib/apt/lists/*
COPY requirements-dev.lock ./
RUN /opt/crossrate/bin/pip install --require-hashes --requirement requirements-dev.lock
ENV PATH=/opt/crossrate/bin:$PATH PYTHONPATH=/copy/src:/copy/clients/python/src:/copy
CMD ["/checkout/docker/tests/run"]

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Crossrate" \
    org.opencontainers.image.description="Self-hosted currency conversion in real time over crypto exchanges" \
    org.opencontainers.image.licenses="MIT"
RUN useradd --system --no-create-home --shell /usr/sbin/nologin crossrate
COPY --from=build /opt/crossrate /opt/crossrate
ENV PATH=/opt/crossrate/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CROSSRATE_HOST=0.0.0.0 \
    CROSSRATE_PORT=8080 \
    CROSSRATE_LOG_FORMAT=json
USER crossrate
EXPOSE 8080
# Liveness, not readiness: a container that is not ready is not broken; load balancers look at readiness.
# Python, because slim images have no curl; http.client, because urllib would use a configured proxy.
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 CMD ["python", "-c", "\
import http.client, os, sys; \
api = http.client.HTTPConnection('127.0.0.1', int(os.environ['CROSSRATE_PORT']), timeout=2); \
api.request('GET', '/health/live'); \
sys.exit(api.getresponse().status != 200)"]
CMD ["gunicorn", "--config", "python:entrypoints.http.server.gunicorn_config"]
