# as apache/kafka: user 1000, configured by KAFKA_ variables through Kafka's own KafkaDockerWrapper, data in /var/lib/kafka/data
ARG BASE
FROM $BASE
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless >/dev/null && rm -rf /var/lib/apt/lists/*
COPY libs /opt/kafka/libs
COPY kafka.run /etc/kafka/docker/run
RUN mkdir -p /opt/kafka/bin /opt/kafka/config /opt/kafka/logs /mnt/shared/config /var/lib/kafka/data /etc/kafka/secrets \
 && for tool in topics:org.apache.kafka.tools.TopicCommand configs:kafka.admin.ConfigCommand acls:org.apache.kafka.tools.AclCommand \
      groups:org.apache.kafka.tools.GroupsCommand consumer-groups:org.apache.kafka.tools.consumer.group.ConsumerGroupCommand console-producer:org.apache.kafka.tools.ConsoleProducer console-consumer:org.apache.kafka.tools.consumer.ConsoleConsumer; do \
      printf '#!/bin/bash\nexec java $KAFKA_HEAP_OPTS $KAFKA_JVM_PERFORMANCE_OPTS -cp "/opt/kafka/libs/*" %s "$@"\n' "${tool#*:}" >/opt/kafka/bin/kafka-${tool%%:*}.sh; \
    done \
 && printf 'process.roles=broker,controller\n' >/etc/kafka/docker/server.properties \
 && printf 'Configuration:\n  Loggers:\n    Root:\n      level: WARN\n' | tee /etc/kafka/docker/log4j2.yaml >/etc/kafka/docker/tools-log4j2.yaml \
 && chmod +x /opt/kafka/bin/* /etc/kafka/docker/run && chown -R 1000:1000 /opt/kafka /var/lib/kafka /etc/kafka /mnt/shared/config
USER 1000
VOLUME /etc/kafka/secrets /var/lib/kafka/data /mnt/shared/config
CMD ["/etc/kafka/docker/run"]
