# Two stages: the first has the compiler, the second only what runs. The embedded PostgreSQL of the demo and the other
# optional parts stay out of both.
FROM node:20.20-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc tsconfig.json ./
# The optional parts hold the compiler's binary as well: they go at the end.
RUN npm ci --ignore-scripts
COPY baselines baselines
COPY notifiers notifiers
COPY daemon daemon
COPY console console
RUN npm run build && npm prune --omit=dev --omit=optional --ignore-scripts

FROM node:20.20-bookworm-slim
# ssh-keygen lets `tillwarden approve` and a check by hand run in the same image.
RUN apt-get update && apt-get install -y --no-install-recommends openssh-client && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/dist dist
COPY package.json LICENSE ./
RUN ln -s /app/dist/daemon/main.js /usr/local/bin/tillwarden \
 && mkdir -p /etc/tillwarden /var/lib/tillwarden && chown node:node /var/lib/tillwarden
USER node
ENV NODE_ENV=production TILLWARDEN_CONFIG=/etc/tillwarden/tillwarden.yaml
VOLUME ["/var/lib/tillwarden"]
# Everything else may be read-only: docker run --read-only --tmpfs /tmp …
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9771/healthz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/daemon/main.js"]
CMD ["run"]
