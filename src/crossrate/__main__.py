"""`crossrate`, and `python -m crossrate`."""

import sys

# As shells report a program that SIGINT ended.
INTERRUPTED = 130


def main() -> None:
    """Run the command line. Ctrl-C ends it quietly, at any moment."""
    try:
        from entrypoints.garbage import collections_put_off  # noqa: PLC0415 -- it may be interrupted while it imports

        with collections_put_off():
            from entrypoints.cli.main import run  # noqa: PLC0415 -- likewise
        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
