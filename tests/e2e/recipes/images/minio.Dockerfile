# as minio/minio: root, /data, `minio` on the path
ARG BASE
FROM $BASE
COPY minio /usr/bin/minio
RUN mkdir -p /data
VOLUME /data
ENTRYPOINT ["minio"]
