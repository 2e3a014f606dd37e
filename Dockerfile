# hilander in a container: the app, and with another command a Dask scheduler or worker (compose.yaml).
#
#   docker build -t hilander .                                        torch as the registry has it, which on Linux
#                                                                     brings CUDA: for machines with a GPU
#   docker build -t hilander --build-arg TORCH_INDEX_URL=URL .        torch from another index: the one that PyTorch's
#                                                                     "Get started" page names for CPU makes the image
#                                                                     some gigabytes smaller
#   docker run --init --rm -p 127.0.0.1:8501:8501 -v hilander:/data hilander
#   docker run ... -v ./sign-in.toml:/app/.streamlit/secrets.toml:ro hilander
#                                                                     with sign-in (README, "People: sign-in"); user
#                                                                     10001 must be able to read the file
#
# Without sign-in whoever reaches the port may do everything (--anyone): publish it to this machine alone, as above.

ARG PYTHON_IMAGE=python:3.11.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ARG TORCH_INDEX_URL=""
WORKDIR /app
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements.txt ./
# torch first: the pin of requirements.txt is then met by a build of any index
RUN pip install --no-cache-dir ${TORCH_INDEX_URL:+--index-url "$TORCH_INDEX_URL"} "$(grep '^torch==' requirements.txt)" \
    && pip install --no-cache-dir -r requirements.txt
COPY . .
RUN pip install --no-cache-dir --no-deps -e .

FROM ${PYTHON_IMAGE}
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --shell /usr/sbin/nologin hilander \
    && install --directory --owner=hilander --group=hilander /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HILANDER_HOME=/data \
    HILANDER_LOG=json
WORKDIR /app
USER hilander
VOLUME /data
EXPOSE 8501 9501
HEALTHCHECK --interval=30s --timeout=10s --start-period=180s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:9501/healthz', timeout=8)"]
CMD ["hilander", "app", "--host", "0.0.0.0", "--anyone", "--port", "8501", "--ops-port", "9501"]
