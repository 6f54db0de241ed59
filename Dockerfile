# One controller's image: a static binary, certificate authorities, and nothing else.
#
#   docker build --build-arg CONTROLLER=source-controller -t sluice/source-controller:v0.1.0 .
#
# It runs as any user with a read-only root; what a controller writes goes to the volumes of its Deployment.

ARG RUST_VERSION=1.95.0

FROM rust:${RUST_VERSION}-bookworm AS build
ARG CONTROLLER
WORKDIR /src
COPY . .
# The toolchain file would make rustup fetch what the image already has.
ENV RUSTUP_TOOLCHAIN=${RUST_VERSION}
# With an explicit target the flags hold for the binary alone, not for build scripts and macros, which cannot be static.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    test -n "${CONTROLLER}" || { echo "give --build-arg CONTROLLER=…" >&2; exit 1; }; \
    TARGET="$(uname -m)-unknown-linux-gnu" && \
    RUSTFLAGS="-C target-feature=+crt-static" \
    cargo build --locked --profile dist --target "${TARGET}" --package "${CONTROLLER}" --bin "${CONTROLLER}" && \
    install -D "target/${TARGET}/dist/${CONTROLLER}" /image/controller && \
    install -D -m 0644 /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ca-certificates.crt && \
    install -D -m 0644 LICENSE /image/LICENSE

FROM scratch
COPY --from=build /image/ /
USER 65532:65532
ENTRYPOINT ["/controller"]
