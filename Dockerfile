# One image for the API, the worker and the migration; the command says which.
#   docker build -t gavel .                              production
#   docker build -t gavel-development --target development .   with the simulators' packages
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build

FROM node:24-slim AS development
WORKDIR /app
ENV NODE_ENV=development
COPY --from=build /app ./
# Volumes mounted here take over their owner.
RUN mkdir -p /keys /simulator && chown node:node /keys /simulator
USER node
CMD ["node", "--no-memory-reducer", "--min-semi-space-size=16", "dist/src/main.api.js"]

FROM build AS packages
RUN npm prune --omit=dev --no-audit --no-fund

FROM node:24-slim AS production
WORKDIR /app
ENV NODE_ENV=production
COPY --from=packages /app/package.json ./
COPY --from=packages /app/node_modules ./node_modules
COPY --from=packages /app/dist ./dist
COPY --from=packages /app/reports ./reports
# Volumes mounted here take over their owner.
RUN mkdir -p /keys /simulator && chown node:node /keys /simulator
USER node
EXPOSE 3000 3001
CMD ["node", "--no-memory-reducer", "--min-semi-space-size=16", "dist/src/main.api.js"]
