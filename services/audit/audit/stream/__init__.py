"""The stream: sealed entries to the RabbitMQ stream `icm.audit`, for auditors who use AMQP (AU-5)."""
