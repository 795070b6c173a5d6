# as minio/minio: root, /data, `minio` and its client `mc` on the path
ARG BASE
FROM $BASE
COPY minio mc /usr/bin/
RUN mkdir -p /data
VOLUME /data
ENTRYPOINT ["minio"]
