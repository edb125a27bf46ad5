"""A plan is of one moment."""

from collections import Counter

import pytest

from mlops_assets_tests.graph.toy import key, world

pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
]


def test_a_plan_looks_once_at_what_arrived_however_many_batches_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that changes while the plan is made is not judged by two versions of it."""
    with world(batch=False) as of:
        of.inbox |= {f"batch-{number}": "1" for number in range(5)}
        of.observe()
        asked: Counter[object] = Counter()
        look = type(of)._arrived

        def changing(self, source):
            asked[source] += 1
            found = look(self, source)
            self.inbox |= {name: str(sum(asked.values())) for name in self.inbox}
            return found

        monkeypatch.setattr(type(of), "_arrived", changing)
        plan = of.plan()

    assert len(plan.batches) == 10
    assert asked == {key("source"): 1, key("inbox"): 1}
