"""Layers, objects and words by names that they no longer have, or that they have elsewhere. Data only; `former.py` reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from cnnspec.catalogue.former_arguments import KERAS, KERAS_1, KERAS_2, OTHER, TF_1, TORCH

Names = Mapping[str, tuple[str, str]]


def _all(origin: str, now: str, *words: str) -> dict[str, tuple[str, str]]:
    return dict.fromkeys(words, (origin, now))


RENAMED: Final[Mapping[str, Names]] = {
    "layer": {
        **_all(KERAS_1, "Conv1D", "atrousconvolution1d"),
        **_all(KERAS_1, "Conv2D", "atrousconvolution2d"),
        **_all(KERAS_1, "Conv2DTranspose", "deconvolution2d"),
        **_all(KERAS_2, "Conv2DTranspose", "deconv2d"),
        **_all(KERAS_2, "Conv3DTranspose", "deconvolution3d", "deconv3d"),
        **_all(KERAS_1, "Dense", "timedistributeddense"),
        **_all(KERAS_2, "LSTM", "cudnnlstm"),
        **_all(KERAS_2, "GRU", "cudnngru"),
        **_all(KERAS_2, "BatchNormalization", "batchnormalizationv1", "batchnormalizationv2"),
        **_all(OTHER, "Dense", "fullyconnected", "fc", "affine", "denselayer"),
        **_all(OTHER, "BatchNormalization", "batchnorm", "bn"),
        **_all(OTHER, "LayerNormalization", "layernorm"),
        **_all(OTHER, "GroupNormalization", "groupnorm"),
        **_all(OTHER, "RMSNormalization", "rmsnorm"),
        **_all(OTHER, "MaxPooling2D", "maxpool", "maxpooling"),
        **_all(OTHER, "AveragePooling2D", "avgpool", "averagepool", "averagepooling", "avgpooling"),
        **_all(OTHER, "GlobalAveragePooling2D", "globalaveragepooling", "globalavgpool", "globalaveragepool", "gap"),
        **_all(OTHER, "GlobalMaxPooling2D", "globalmaxpooling", "globalmaxpool"),
        **_all(OTHER, "Conv2D", "conv", "convolution", "convolutional"),
        **_all(OTHER, "DepthwiseConv2D", "depthwiseconv", "depthwiseconvolution", "depthwiseconvolution2d"),
        **_all(OTHER, "SeparableConv2D", "separableconv", "separableconvolution"),
        **_all(OTHER, "Conv2DTranspose", "convtranspose", "transposedconv2d"),
        **_all(OTHER, "UpSampling2D", "upsample", "upsampling"),
        **_all(OTHER, "ZeroPadding2D", "zeropadding", "padding2d", "padding"),
        **_all(OTHER, "Concatenate", "concat", "cat"),
        **_all(OTHER, "RandomErasing", "cutout"),
    },
    "regularizer": {
        **_all(KERAS_1, "L1L2", "l1l2", "activity_l1l2", "weightregularizer", "activityregularizer"),
        **_all(KERAS_1, "L1", "activity_l1"),
        **_all(KERAS_1, "L2", "activity_l2"),
    },
    "constraint": {
        **_all(KERAS_1, "MaxNorm", "maxnorm"),
        **_all(KERAS_1, "NonNeg", "nonneg"),
        **_all(KERAS_1, "UnitNorm", "unitnorm"),
    },
    "initializer": {
        **_all(KERAS_2, "RandomNormal", "normal", "gaussian"),
        **_all(KERAS_2, "RandomUniform", "uniform"),
        **_all(KERAS_2, "Zeros", "zero"),
        **_all(KERAS_2, "Ones", "one"),
        **_all(OTHER, "GlorotUniform", "glorot", "xavier", "xavier_uniform", "xavieruniform"),
        **_all(OTHER, "GlorotNormal", "xavier_normal", "xaviernormal"),
        **_all(OTHER, "HeNormal", "he", "kaiming", "msra", "kaiming_normal", "kaimingnormal"),
        **_all(OTHER, "HeUniform", "kaiming_uniform", "kaiminguniform"),
        **_all(OTHER, "LecunNormal", "lecun"),
    },
    "optimizer": {
        **_all(TF_1, "SGD", "gradientdescentoptimizer", "momentumoptimizer", "momentum"),
        **_all(TF_1, "Adam", "adamoptimizer"),
        **_all(TF_1, "RMSprop", "rmspropoptimizer"),
        **_all(TF_1, "Adagrad", "adagradoptimizer"),
    },
    "schedule": {
        **_all(OTHER, "CosineDecay", "cosine", "cosineannealing"),
        **_all(TF_1, "PiecewiseConstantDecay", "piecewiseconstant"),
    },
    "loss": {
        **_all(KERAS_2, "KLDivergence", "kullbackleiblerdivergence"),
        **_all(KERAS_2, "CosineSimilarity", "cosineproximity"),
        **_all(TORCH, "MeanSquaredError", "mseloss"),
        **_all(TORCH, "MeanAbsoluteError", "l1loss"),
        **_all(TORCH, "BinaryCrossentropy", "bceloss"),
        **_all(OTHER, "MeanSquaredError", "mse"),
        **_all(OTHER, "MeanAbsoluteError", "mae"),
        **_all(OTHER, "BinaryCrossentropy", "bce"),
        **_all(TORCH, "Huber", "smoothl1loss", "huberloss"),
        **_all(TORCH, "KLDivergence", "kldivloss"),
    },
    "metric": {
        **_all(OTHER, "F1Score", "f1", "fmeasure"),
        **_all(OTHER, "MeanSquaredError", "mse"),
        **_all(OTHER, "MeanAbsoluteError", "mae"),
        **_all(OTHER, "RootMeanSquaredError", "rmse"),
        **_all(OTHER, "TopKCategoricalAccuracy", "topkaccuracy", "topk"),
        **_all(OTHER, "MeanIoU", "miou"),
    },
    "callback": {
        **_all(OTHER, "ModelCheckpoint", "checkpoint"),
        **_all(OTHER, "ReduceLROnPlateau", "reducelr", "reducelronplateu"),
    },
    "activation": {
        **_all(OTHER, "leaky_relu", "lrelu"),
        **_all(OTHER, "sigmoid", "logistic", "sigm"),
    },
    "source": {
        **_all(KERAS, "image_folder", "image_dataset_from_directory", "flow_from_directory", "imagedatagenerator"),
        **_all(OTHER, "digits", "load_digits"),
        **_all(OTHER, "fashion_mnist", "fashion"),
        **_all(OTHER, "npz", "numpy", "load"),
    },
}
"""By kind: a name in small letters -> where it was called so, and the name that means the same now."""


def _say(origin: str, how: str, words: Iterable[str]) -> dict[str, tuple[str, str]]:
    return {word: (origin, how.replace("{word}", word)) for word in words}


_ACTIVATIONS: Final = ("sigmoid", "tanh", "gelu", "swish", "silu", "selu", "softplus", "softsign", "mish", "celu", "glu")
_EXTERN: Final = 'Keras 3 has none; declare your own: `extern {name}() from "my_module:{name}"`'

EXPRESSED: Final[Mapping[str, Names]] = {
    "layer": {
        **_say(KERAS_1, "write `[a, b] -> Add()`, `Multiply()`, `Concatenate()`, `Average()`, `Maximum()` or `Dot(axes=1)`", ["merge"]),
        **_say(KERAS_1, _EXTERN, ["highway", "maxoutdense", "srelu", "parametricsoftplus"]),
        **_say(KERAS_2, _EXTERN, ["locallyconnected1d", "locallyconnected2d"]),
        **_say(KERAS_2, "write `ReLU(threshold=1.0)`; its `theta` is `threshold`", ["thresholdedrelu"]),
        **_say(KERAS_2, "write `BatchNormalization(synchronized=True)`", ["syncbatchnormalization"]),
        **_say(TORCH, "write `BatchNormalization(synchronized=True)`", ["syncbatchnorm"]),
        **_say(KERAS_2, "write `RandomZoom(height_factor=0.2, width_factor=0.0)`", ["randomheight"]),
        **_say(KERAS_2, "write `RandomZoom(height_factor=0.0, width_factor=0.2)`", ["randomwidth"]),
        **_say(OTHER, 'write `Activation("{word}")`', _ACTIVATIONS),
        **_say(OTHER, 'write `Activation("hard_swish")`', ["hardswish"]),
        **_say(OTHER, "write `ReLU(6.0)`", ["relu6"]),
        **_say(OTHER, "write `GroupNormalization(groups=-1)`", ["instancenorm", "instancenormalization"]),
        **_say(OTHER, "write `Rescaling(1 / 255)`", ["scale", "normalize", "totensor"]),
        **_say(TORCH, 'write `RandomFlip("horizontal")`', ["randomhorizontalflip"]),
        **_say(TORCH, 'write `RandomFlip("vertical")`', ["randomverticalflip"]),
    },
    "loss": {
        **_say(TORCH, "write `SparseCategoricalCrossentropy(from_logits=True)`", ["crossentropyloss", "nllloss"]),
        **_say(TORCH, "write `BinaryCrossentropy(from_logits=True)`", ["bcewithlogitsloss"]),
    },
    "callback": {
        **_say(KERAS_2, "delete it: a run always writes its history", ["history", "progbarlogger", "baselogger"]),
        **_say(
            KERAS_2,
            "a schedule is the learning rate of the optimizer: `optimizer = Adam(learning_rate=CosineDecay(1e-3, decay_steps=5epochs))`",
            ["learningratescheduler"],
        ),
        **_say(
            KERAS_2,
            "a spec holds no code; callbacks without code are `EarlyStopping`, `ReduceLROnPlateau`, `CSVLogger` and others",
            ["lambdacallback"],
        ),
    },
    "schedule": {
        **_say(TORCH, "write `CosineDecay(1e-3, decay_steps=10epochs)`", ["cosineannealinglr"]),
        **_say(TORCH, "write `PiecewiseConstantDecay(boundaries=[10epochs], values=[1e-3, 1e-4])`", ["steplr", "multisteplr"]),
        **_say(TORCH, "write `ExponentialDecay(1e-3, decay_steps=1epochs, decay_rate=0.9)`", ["exponentiallr"]),
    },
    "metric": {
        **_say(OTHER, "write `TopKCategoricalAccuracy(k=5)`", ["top5", "top5accuracy"]),
    },
}
"""By kind: a name in small letters -> where it was called so, and what is written now."""

_CLASSES: Final = 'write "sparse_categorical_crossentropy", or "binary_crossentropy" for one output unit'

WORDS: Final[Mapping[str, Names]] = {
    "data_format": {
        **_all(KERAS_1, "channels_last", "tf"),
        **_all(KERAS_1, "channels_first", "th"),
        **_all(OTHER, "channels_last", "nhwc"),
        **_all(OTHER, "channels_first", "nchw"),
    },
    "padding": {**_all(OTHER, "valid", "none", "no"), **_all(OTHER, "same", "half", "zero", "zeros")},
    "activation": {
        **_all(OTHER, "leaky_relu", "lrelu"),
        **_all(OTHER, "sigmoid", "logistic", "sigm"),
        **_all(OTHER, "linear", "identity"),
    },
    "initializer": {
        **_all(OTHER, "glorot_uniform", "glorot", "xavier", "xavier_uniform"),
        **_all(OTHER, "glorot_normal", "xavier_normal"),
        **_all(OTHER, "he_normal", "he", "kaiming", "kaiming_normal", "msra"),
        **_all(OTHER, "he_uniform", "kaiming_uniform"),
        **_all(OTHER, "lecun_normal", "lecun"),
        **_all(OTHER, "random_normal", "gaussian"),
    },
    "regularizer": _all(KERAS_2, "l1l2", "l1_l2"),
    "reduction": _all(KERAS_2, "sum_over_batch_size", "auto"),
    "loss": {
        **_all(KERAS_2, "kl_divergence", "kullback_leibler_divergence"),
        **_all(KERAS_2, "cosine_similarity", "cosine_proximity", "cosine"),
        **_all(OTHER, "binary_crossentropy", "binary", "logloss", "log_loss"),
        **_all(OTHER, "sparse_categorical_crossentropy", "sparse_categorical", "nll", "nll_loss"),
        **_all(OTHER, "mae", "l1"),
        **_all(OTHER, "mse", "l2", "rmse"),
    },
    "metric": {
        **_all(KERAS_1, "f1_score", "fmeasure", "f1"),
        **_all(OTHER, "root_mean_squared_error", "rmse"),
        **_all(OTHER, "accuracy", "accuracy_score"),
        **_all(OTHER, "auc", "roc_auc", "auroc"),
        **_all(OTHER, "top_k_categorical_accuracy", "top_k_accuracy", "top_k", "top5", "top_5"),
    },
    "optimizer": _all(TF_1, "sgd", "gradient_descent", "momentum"),
    "precision": {
        **_all(OTHER, "mixed_float16", "mixed", "amp", "mixed_precision"),
        **_all(OTHER, "float32", "fp32", "single", "32", "full"),
        **_all(OTHER, "float64", "fp64", "double", "64"),
    },
}
"""Words by the argument, or the kind of object, for which they stand: in small letters -> where it was said so, and the word of now."""

WORDS_EXPRESSED: Final[Mapping[str, Names]] = {
    "loss": {
        **_say(OTHER, _CLASSES, ["crossentropy", "cross_entropy", "ce", "softmax", "xent"]),
        **_say(
            OTHER, 'write "categorical_crossentropy", or "sparse_categorical_crossentropy" where the labels are numbers', ["categorical"]
        ),
    },
    "precision": {
        **_say(OTHER, 'write "mixed_float16", or "float16" for the weights too', ["fp16", "half", "16"]),
        **_say(OTHER, 'write "mixed_bfloat16", or "bfloat16" for the weights too', ["bf16"]),
    },
    "padding": {
        **_say(KERAS_1, 'Keras 3 has no "full": write `ZeroPadding2D` before the layer', ["full"]),
    },
}

SECTIONS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("net", "network", "layers", "architecture", "sequential", "module"), "model"),
    **dict.fromkeys(("dataset", "datasets", "input_data", "inputs", "dataloader", "preprocessing"), "data"),
    **dict.fromkeys(("training", "trainer", "fit", "compile"), "train"),
    **dict.fromkeys(("augmentation", "augmentations", "transforms", "transform"), "augment"),
    **dict.fromkeys(("search", "tuning", "tuner", "hyperparameters", "hparams"), "tune"),
    **dict.fromkeys(("runtime", "hardware", "environment", "backend", "device"), "run"),
    **dict.fromkeys(("save", "output", "outputs"), "export"),
    **dict.fromkeys(("assert", "promise", "promises", "expected", "constraints"), "expect"),
}
"""Words that people write for a section, in small letters."""
