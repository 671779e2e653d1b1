"""Refusals that people read."""


class DomainError(Exception):
    """A rule says no. `message` is the sentence that the person reads.

    The pages answer it with 409, in the frame of whoever asked.
    """

    message: str = ""

    def __init__(self, message: str = "") -> None:
        self.message = str(message or self.message)
        super().__init__(self.message)
