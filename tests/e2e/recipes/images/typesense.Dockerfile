# as typesense/typesense: root, the program in /opt. It is an older one than the name says: 0.24.1.
ARG BASE
FROM $BASE
COPY typesense-server /opt/typesense-server
ENTRYPOINT ["/opt/typesense-server"]
