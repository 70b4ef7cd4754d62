# Built in a stage of its own, so that the final image contains no build tools and no caches.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/crossrate
ENV PATH=/opt/crossrate/bin:$PATH
WORKDIR /build
# Before the sources, so that Docker reuses this layer until a dependency changes.
COPY requirements.lock .
RUN pip install --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN pip install --no-deps .

FROM python:3.11-slim-bookworm
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
