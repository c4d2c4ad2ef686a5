"""The one exception of the bench: something could not be measured, and the sentence says what and what to do."""


class BenchFailure(Exception):
    pass
