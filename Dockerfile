# A small image without a shell, of a user without rights. docs/deploy.md says how to run it.
#   docker build --tag netstat-exporter .
FROM docker.io/library/node:20-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY src ./src
RUN npx tsc && npm prune --omit=dev --no-audit --no-fund

FROM gcr.io/distroless/nodejs20-debian12:nonroot
COPY --from=build /build/package.json /app/package.json
COPY --from=build /build/node_modules /app/node_modules
COPY --from=build /build/build/src /app/build/src
# The C library keeps what threads gave back in a place for each: with two for all of them it is used again.
ENV MALLOC_ARENA_MAX=2
USER 65532:65532
EXPOSE 10055
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["/nodejs/bin/node", "--max-heap-size=32", "-e", "fetch('http://127.0.0.1:10055/-/healthy').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/nodejs/bin/node", "--max-heap-size=96", "--semi-space-growth-factor=1", "--single-threaded-gc", "/app/build/src/main.js"]
