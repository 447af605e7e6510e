#!/bin/sh
# Becomes the process that this image is for; "migrate" as argument runs its migrations instead.
exec python -m "$ICM_SERVICE" "$@"
