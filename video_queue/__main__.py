"""`python -m video_queue` is `vq`."""

from video_queue.cli import main

if __name__ == "__main__":
    main()
