# as opensearchproject/opensearch: user 1000, /usr/share/opensearch, the variables of its entrypoint, curl on the path. It has
# the security plugin, which the recipe turns off, and no other plugin.
ARG BASE
FROM $BASE
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless >/dev/null && rm -rf /var/lib/apt/lists/*
WORKDIR /usr/share/opensearch
COPY libs lib
COPY opensearch.netty4 modules/transport-netty4/plugin-descriptor.properties
COPY opensearch.policy modules/transport-netty4/plugin-security.policy
COPY opensearch.log4j2 config/log4j2.properties
COPY opensearch.entrypoint opensearch-docker-entrypoint.sh
RUN mv lib/netty-*.jar lib/transport-netty4-client-*.jar modules/transport-netty4 \
 && mkdir -p data logs plugins && python3 -m zipfile -e lib/opensearch-security-*.zip plugins/opensearch-security && rm lib/*.zip \
 && : >config/opensearch.yml && chmod +x opensearch-docker-entrypoint.sh && chown -R 1000:1000 .
USER 1000
ENTRYPOINT ["./opensearch-docker-entrypoint.sh"]
CMD ["opensearch"]
