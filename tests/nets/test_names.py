"""An error message lists what there is, the likeliest first."""

import pytest

from nets.names import nearest_first


@pytest.mark.parametrize(
    ("like", "said"),
    [
        ("layernrm", "layernorm, batchnorm, none"),
        ("BATCH", "batchnorm, layernorm, none"),
        ("zzz", "batchnorm, layernorm, none"),
        ("", "batchnorm, layernorm, none"),
    ],
)
def test_names_most_like_the_wrong_one_come_first_and_equally_near_ones_by_name(like, said):
    assert nearest_first(["none", "layernorm", "batchnorm"], like) == said
