"""The reference as a daemon that lets feedback pile up, one retry on the other: the divergence of the guide.

It takes the arguments of `parity serve`.
"""

import sys

from lakehouse_parity.cli import main
from lakehouse_spec import iterate


def _piling(state, attempt, feedback):
    if attempt.iteration + 1 >= state.request.max_iterations:
        return iterate._finished(state, iterate.Stop.MAXIMUM_REACHED, attempt)
    return iterate.State(state.request, attempt.prompt + feedback, (*state.attempts, attempt))


if __name__ == "__main__":
    iterate._again = _piling
    sys.exit(main(["serve", *sys.argv[1:]]))
