"""Private PostgreSQL and RabbitMQ: own ports, own data folders, no system service touched."""
