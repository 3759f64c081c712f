# One image of all programs and of nothing else: no shell, no library, no package that could be out of date. `docker build .`
# compiles them; `--target prebuilt` takes static programs from a folder, which deploy/docker/README.md describes.

FROM scratch AS settings

# Nobody, by number: there is no file of names. 65534 owns nothing on the machine either.
USER 65534:65534

# All addresses of the container; who reaches them is for whoever publishes the port. The health check below reads the same
# variables, so that it asks where the exporter is. What is mounted of the machine is expected below /host, and a volume for the
# ledger at /state: without one every total ends with the container.
ENV HOST_EXPORTER_WEB_LISTEN_ADDRESS=:9100 \
    HOST_EXPORTER_PATH_PROCFS=/host/proc \
    HOST_EXPORTER_PATH_SYSFS=/host/sys \
    HOST_EXPORTER_PATH_ROOTFS=/host \
    HOST_EXPORTER_PATH_UDEV_DATA=/host/run/udev/data \
    DOCKER_EXPORTER_WEB_LISTEN_ADDRESS=:9487 \
    DOCKER_EXPORTER_PATH_PROCFS=/host/proc \
    DOCKER_EXPORTER_PATH_CGROUPFS=/host/sys/fs/cgroup \
    REDIS_EXPORTER_WEB_LISTEN_ADDRESS=:9121 \
    OTLP_BRIDGE_WEB_LISTEN_ADDRESS=:8889 \
    OTLP_BRIDGE_OTLP_GRPC_ADDRESS=:4317 \
    OTLP_BRIDGE_OTLP_HTTP_ADDRESS=:4318 \
    OTLP_BRIDGE_LEDGER_FILE=/state/ledger.db

# Process 1 is the program that the container runs, and /proc/1/exe leads to it, whichever it is. A container takes its command
# from here if it is given none: every exporter in one process.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["/proc/1/exe", "--healthcheck"]
CMD ["/pilotlight"]


# Older builders go through each stage, needed or not. For them there is something to copy in the repository too.
FROM settings AS prebuilt
COPY program[s] Cargo.tom[l] /
# An empty folder that nobody owns: a volume that is first mounted there takes its owner from it.
COPY --chown=65534:65534 stat[e] Cargo.tom[l] /state/


# musl and its compiler, for programs that need no library.
FROM rust:1.95-alpine AS built
ARG PILOTLIGHT_REVISION=unknown
WORKDIR /source
COPY . .
RUN cargo build --release --locked --target "$(uname -m)-unknown-linux-musl" \
        --package host-exporter \
        --package docker-exporter \
        --package redis-exporter \
        --package otlp-bridge \
        --package pilotlight \
    && mkdir -p /image/programs /image/state \
    && find target/*/release -maxdepth 1 -type f -perm -100 -exec mv {} /image/programs \;


FROM settings
COPY --from=built /image/programs /
COPY --from=built --chown=65534:65534 /image/state /state
