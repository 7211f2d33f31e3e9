"""What Keras's losses and metrics want of the labels and of the head: the tables behind the checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


Form: TypeAlias = Literal["number", "one_hot", "value", "as_is"]
"""What becomes of a label: a class number, a row with a one in it, a number, or what it is."""

NUMBERED: Final = _names("SparseCategoricalCrossentropy CategoricalGeneralizedCrossEntropy")
"""Losses that want class numbers. The second one too, whatever its name says: see Keras's docstring."""

BINARY: Final = _names("BinaryCrossentropy BinaryFocalCrossentropy")
CATEGORICAL: Final = _names("CategoricalCrossentropy CategoricalFocalCrossentropy KLDivergence")
"""Losses that compare two distributions over the classes."""

REGRESSION: Final = _names(
    "Huber LogCosh MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson"
)
"""Losses that take a class number for a quantity."""

FROM_LOGITS: Final = _names(
    "BinaryCrossentropy BinaryFocalCrossentropy CategoricalCrossentropy CategoricalFocalCrossentropy SparseCategoricalCrossentropy"
)
"""Losses that have the argument `from_logits`."""

UNBOUNDED: Final = _names(
    "linear relu relu6 leaky_relu elu selu celu gelu silu mish tanh hard_tanh softsign log_softmax log_sigmoid hard_silu tanh_shrink "
    "hard_shrink soft_shrink"
)
"""Activations that give values below 0 or above 1. `exponential` and its like are not here: the loss divides by their sum."""

UNFIT: Final[Mapping[str, str]] = {
    "CTC": "it compares sequences of labels",
    "Circle": "it compares embeddings with each other",
}
"""Losses that the runtime has no targets for."""

SPARSE_OF: Final[Mapping[str, str]] = {
    "CategoricalAccuracy": "SparseCategoricalAccuracy",
    "CategoricalCrossentropy": "SparseCategoricalCrossentropy",
    "TopKCategoricalAccuracy": "SparseTopKCategoricalAccuracy",
}
CATEGORICAL_OF: Final[Mapping[str, str]] = {sparse: categorical for categorical, sparse in SPARSE_OF.items()}
OVERLAP_OF: Final[Mapping[str, str]] = {"OneHotMeanIoU": "MeanIoU", "OneHotIoU": "IoU"}
OF_NUMBERS: Final = frozenset({*CATEGORICAL_OF, *OVERLAP_OF.values(), "accuracy", "crossentropy"})
"""Metrics that take class numbers with several outputs; Keras chooses the last two by the shapes."""

THRESHOLDS: Final = _names("FalseNegatives FalsePositives Precision Recall TrueNegatives TruePositives")
"""Metrics that count from 0.5 on unless they are given `thresholds`."""

NO_DIRECTION: Final = _names("FalseNegatives FalsePositives Mean Sum TrueNegatives TruePositives")
"""Metrics of which Keras does not know whether more is better."""

AT_MOST_ONE: Final = _names(
    "AUC Accuracy BinaryAccuracy BinaryIoU CategoricalAccuracy ConcordanceCorrelation F1Score FBetaScore IoU MeanIoU OneHotIoU "
    "OneHotMeanIoU PearsonCorrelation Precision PrecisionAtRecall R2Score Recall RecallAtPrecision SensitivityAtSpecificity "
    "SparseCategoricalAccuracy SparseTopKCategoricalAccuracy SpecificityAtSensitivity TopKCategoricalAccuracy"
)
"""Metrics that are never above 1."""


def needs_classes(loss: str, width: int) -> bool:
    """Whether a loss over classes has a single output, and thus nothing to choose from."""
    return width == 1 and loss in NUMBERED | CATEGORICAL


def form_of(loss: str, width: int) -> Form:
    """What a class number becomes for this loss and a head of this width."""
    return "number" if loss in NUMBERED else "value" if width == 1 else "one_hot"
