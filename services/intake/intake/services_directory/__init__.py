"""The service directory: services that people can be linked to, exchanged as Open Referral HSDS (IN-11)."""
