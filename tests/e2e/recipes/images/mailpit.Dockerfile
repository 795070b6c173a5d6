# as axllent/mailpit: root, the program at /mailpit
ARG BASE
FROM $BASE
COPY mailpit /mailpit
ENTRYPOINT ["/mailpit"]
