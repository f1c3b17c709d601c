# One image for migrate, api, worker and simulator: what differs is the command. Runs as nobody in particular, on a
# read-only root; Temporal's core is linked against glibc, so no Alpine.
FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Without scripts: the one that would run fetches the Node that is here already.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24.21.0-bookworm-slim
# The allocator gives back what is freed, as in bin/start-parts.ts.
ENV NODE_ENV=production MALLOC_ARENA_MAX=4 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY . .
RUN node worker/bundle-workflows.ts
USER node
CMD ["node", "api/main.ts"]
