# The program as `npm pack` makes it, with the packages of the lock file, run by a user without rights.
#   docker build -t planner-and-doer . && docker run -p 3000:3000 -v planner-and-doer:/data planner-and-doer
# The start prints the token that lets you control it.
FROM node:22-slim AS build
WORKDIR /build
COPY . .
RUN npm ci && npm pack
RUN mkdir /app && tar -xzf planner-and-doer-*.tgz -C /app --strip-components=1
# The lock file gives the versions; what the packed program does not ask for is dropped from it.
RUN cp package-lock.json /app && cd /app && npm install --omit=dev --omit=peer

FROM node:22-slim
COPY --from=build /app /app
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --start-period=30s CMD ["node", "-e", "fetch('http://localhost:3000/api/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "/app/dist/server/cli.js", "serve", "--host", "0.0.0.0", "--data", "/data"]
