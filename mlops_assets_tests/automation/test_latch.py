"""When the daemon asks again, and when it does not: a request is made once for what was judged."""

import pytest

from mlops_assets_tests.graph.toy import alone, key, world

pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
]


def test_what_failed_with_its_inputs_in_one_run_is_not_asked_for_again() -> None:
    with world(lived=False, batch=False) as of:
        of.failing.add("model")
        assert of.settle() == [["raw", "valid", "model", "decision", "deployment"]]
        assert of.made.count("model") == 1


def test_what_failed_is_asked_for_again_once_it_is_edited_and_not_before() -> None:
    with world() as of:
        of.failing.add("model")
        of.code["model"] = "2"
        assert of.settle() == [["model"]]
        assert [of.tick() for _ in range(3)] == [{}] * 3
        of.code["model"] = "3"
        assert of.settle() == [["model"]]
        of.failing.clear()
        of.code["model"] = "4"
        assert of.settle() == [["model"]]
        assert of.plan().everything == ()


def test_what_failed_is_asked_for_again_once_its_input_was_made_again_even_if_equal() -> None:
    """A step that found its input's file damaged failed by it: the input is mended, and comes out the same."""
    with world() as of:
        of.failing.add("model")
        of.code["model"] = "2"
        of.settle()
        of.failing.clear()
        of.faults["valid"] = "its stored file was changed"
        assert of.settle() == [["valid", "model"]]
        assert of.plan().everything == ()
        of.failing.add("model")
        of.code["model"] = "3"
        of.settle()
        of.failing.clear()
        of.make("valid")
        assert of.settle() == [["model"]]


def test_an_edit_that_was_taken_back_and_made_again_is_asked_for_again() -> None:
    with world() as of:
        of.failing.add("model")
        for code in ("2", "1", "2"):
            of.code["model"] = code
            assert of.settle() == ([["model"]] if code == "2" else [])


def test_nothing_is_asked_for_while_somebody_is_at_work_and_it_is_not_forgotten() -> None:
    with world() as of:
        of.code["model"] = "2"
        of.busy = True
        assert of.tick() == {}
        of.busy = False
        assert of.settle() == [["model"]]


def test_without_a_champion_no_batch_is_scored_and_with_one_of_elsewhere_it_is() -> None:
    with world(lived=False) as of:
        of.failing_checks.add("decision:approved")
        of.settle()
        held = {stale.key: stale.blocked_by for stale in of.plan().batches}

        assert held[key("scored")] == "there is no champion: decision:approved failed: None"
        assert "scored [may]" not in of.made
        of.champion = True
        assert of.settle() == [["scored [may]"]]


def test_a_request_takes_the_checks_of_its_assets_along_and_those_of_no_other() -> None:
    """A check with a condition of its own does not ride along by itself in Dagster."""
    with world() as of:
        of.code["decision"] = "2"
        of.limits["valid:schema"] = "2"
        requested = of.tick()

        assert alone(requested) == ["valid:schema", "decision"]
        of.execute(requested)
        assert sorted(of.made) == ["decision", "decision:approved", "decision:warns", "valid:schema"]


def test_a_partition_that_fails_does_not_hold_the_others_back() -> None:
    with world(batch=False) as of:
        of.failing.add("scored")
        of.inbox["june"] = "batch 2"
        assert of.settle() == [["incoming [june]", "scored [june]"]]
        of.failing.clear()
        of.inbox["july"] = "batch 3"
        assert of.settle() == [["incoming [july]", "scored [july]"]]
        assert [stale.partition for stale in of.plan().batches] == ["june"]


def test_a_batch_whose_partition_is_made_after_the_first_look_is_asked_for_then() -> None:
    """The sensor that makes partitions and the one that requests runs look at different moments."""
    with world(batch=False) as of:
        of.inbox["june"] = "batch 2"
        assert of.tick(observed=False) == {}
        assert of.settle() == [["incoming [june]", "scored [june]"]]
