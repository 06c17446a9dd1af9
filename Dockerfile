# syntax=docker/dockerfile:1
# Two images of one source: `credence`, the default, which is the program and nothing else; and `emulators`, what
# docker-compose.yml puts around it. Tags can be moved: a release is built from digests, which docs/operations.md shows.
ARG NODE_IMAGE=node:26.10.0-trixie-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian13:nonroot

FROM ${NODE_IMAGE} AS node
WORKDIR /credence
ENV NODE_ENV=production
COPY package.json package-lock.json .npmrc ./

# The image brings Node.js and talks to every cloud: the packages that others install only where they want them are in it, the
# demo's data is not. No package needs its install script; optional ones are other platforms' binaries.
FROM node AS dependencies
COPY tools/image-packages.mjs tools/licences.ts tools/prune-packages.mjs tools/steady-sbom.mjs tools/
RUN --mount=type=cache,target=/root/.npm \
  node tools/image-packages.mjs \
  && npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
  && npm sbom --package-lock-only --omit=dev --omit=optional --sbom-format=cyclonedx --sbom-type=application >sbom.cdx.json \
  && node tools/licences.ts sbom.cdx.json \
  && node tools/steady-sbom.mjs sbom.cdx.json \
  && node tools/prune-packages.mjs
# What the runtime image lacks: Node.js and the one library that it needs besides those of C++; a folder for state.
# Its symbols are a fifth of it, and only a debugger reads them.
RUN apt-get update && apt-get install -y --no-install-recommends binutils \
  && install -D -s /usr/local/bin/node /runtime/usr/local/bin/node \
  && install -D -m 644 /usr/lib/*-linux-gnu/libatomic.so.1 /runtime/usr/lib/libatomic.so.1 \
  && mkdir /state

# The console's pages. Vite's engine is a binary of this platform, which is among the optional packages; nothing of them stays.
FROM node AS pages
RUN --mount=type=cache,target=/root/.npm npm ci --include=dev --ignore-scripts --no-audit --no-fund
COPY tsconfig.json verify.ts ./
COPY core core
COPY present present
COPY runtime runtime
COPY services services
COPY console console
RUN node node_modules/vite/bin/vite.js build console/web

FROM node AS emulators
RUN --mount=type=cache,target=/root/.npm npm ci --include=dev --omit=optional --ignore-scripts --no-audit --no-fund \
  && install -d -o 65532 -g 65532 /state
COPY . .
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/node"]
CMD ["--version"]

FROM ${RUNTIME_IMAGE} AS credence
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Credence" \
  org.opencontainers.image.description="Validates, sanitizes and scores training data for poisoning; encrypts what it admits and holds the rest for review." \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.base.name="gcr.io/distroless/cc-debian13:nonroot"
COPY --from=dependencies /runtime/ /
COPY --from=dependencies --chown=65532:65532 /state /var/lib/credence
WORKDIR /app
COPY --from=dependencies /credence/node_modules node_modules
COPY --from=dependencies /credence/sbom.cdx.json sbom.cdx.json
COPY package.json LICENSE ./
COPY core core
COPY runtime runtime
COPY clouds clouds
COPY services services
COPY app app
COPY present present
COPY report report
COPY console console
COPY --from=pages /credence/console/web/dist console/web/dist
COPY cli cli
ENV NODE_ENV=production ORT_DISABLE_TELEMETRY=1
USER 65532:65532
# Services answer there where their configuration says `http: { host: 0.0.0.0, port: 8080 }`.
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["/usr/local/bin/node", "-e", "fetch('http://127.0.0.1:8080/livez').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/usr/local/bin/node", "/app/cli/credence.js"]
CMD ["--help"]
