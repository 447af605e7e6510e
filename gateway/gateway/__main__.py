"""`python -m gateway`: run the gateway until SIGTERM or SIGINT, then finish what is being answered and stop."""

import warnings

# It would be the only line of the log that is not JSON.
warnings.filterwarnings("ignore", message=r"(?s).*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

from gateway.service import main  # noqa: E402 - patched first, then everything else

if __name__ == "__main__":
    main()
