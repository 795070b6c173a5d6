# as temporalio/temporal: user 1000, `temporal` on the path
ARG BASE
FROM $BASE
COPY temporal /usr/local/bin/temporal
USER 1000
ENTRYPOINT ["temporal"]
