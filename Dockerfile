# The image of livego. Build it with: docker build -t livego .
# It serves the ports of the classic documents: docker run -p 1935:1935 -p 7001:7001 -p 7002:7002 -p 8090:8090 livego
# `node scripts/rehearse-image.mjs` runs these steps without Docker, in an empty folder.
ARG NODE_VERSION=24

FROM node:${NODE_VERSION}-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node node_modules/typescript/bin/tsc -p tsconfig.build.json && node scripts/copy-players.mjs

FROM node:${NODE_VERSION}-slim
ENV NODE_ENV=production
WORKDIR /opt/livego
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY bin bin
COPY docs docs
COPY examples examples
COPY livego.json5 livego.schema.json LICENSE README.md ./
COPY --from=build /src/dist dist
COPY --from=build /src/plugins/demo/page plugins/demo/page
COPY --from=build /src/plugins/demo/players plugins/demo/players
# Recordings, channel keys and other files that the server writes go to /data, if their path is relative.
WORKDIR /
RUN mkdir -p data etc/livego && chown 1000:1000 data
COPY examples/classic.json5 /etc/livego/livego.json5
ENV STATE_DIRECTORY=/data
VOLUME /data
WORKDIR /data
# The user "node" of the base image.
USER 1000:1000
EXPOSE 1935 7001 7002 8090
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "/opt/livego/examples/docker/health.mjs"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/opt/livego/bin/livego.js", "--config_file", "/etc/livego/livego.json5"]
