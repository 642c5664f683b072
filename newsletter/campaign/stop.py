"""The wish that a campaign stops, as a signal's handler leaves it.

Nothing is raised: an exception that comes at any moment would tear what must be whole, such as waiting for the thread
that sends (CPython 3.11 takes a thread for ended that is joined when Ctrl-C comes).
"""


class Stop:
    """What a running campaign looks at; each wish is kept."""

    def __init__(self) -> None:
        self.asked = False
        self.leaving = False

    def ask(self) -> None:
        """Finish what is under way, and begin nothing more."""
        self.asked = True

    def leave(self) -> None:
        """Do not even finish that: nobody will be able to tell what became of it."""
        self.asked = self.leaving = True
