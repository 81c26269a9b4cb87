# syntax=docker.io/docker/dockerfile:1
# After https://github.com/vercel/next.js/tree/canary/examples/with-docker; docs/scaling.md says what of it was run.

FROM node:24-slim AS base

FROM base AS deps
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci

FROM base AS builder
WORKDIR /app
COPY --from=deps /app/node_modules ./node_modules
COPY . .
ENV NEXT_TELEMETRY_DISABLED=1
RUN npm run build

FROM base AS runner
WORKDIR /app
ENV NODE_ENV=production
ENV NEXT_TELEMETRY_DISABLED=1
RUN groupadd --system --gid 1001 nodejs && useradd --system --uid 1001 --gid nodejs nextjs
COPY --from=builder --chown=nextjs:nodejs /app/.next/standalone ./
COPY --from=builder --chown=nextjs:nodejs /app/.next/static ./.next/static
COPY --from=builder --chown=nextjs:nodejs /app/public ./public
# The session file: without a volume a new container revives sessions that were ended.
ENV DATA_DIR=/data
RUN mkdir /data && chown nextjs:nodejs /data
VOLUME /data
USER nextjs
EXPOSE 3000
ENV PORT=3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:3000/api/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# The server of `npm start` in one file, beside the packages that Next traced (scripts/build.ts).
CMD ["node", "start.js"]
