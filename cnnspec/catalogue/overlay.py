"""Types by hand: Keras annotates none of its constructor parameters, and its docstrings are prose.

Every type here was read from the code of Keras 3.15 that accepts or refuses the value. In doubt a type is wider, not narrower:
it is worse to refuse what Keras accepts than to let it pass. Looked up in this order: `BY_ENTRY`, `BY_NAME` of the kind, `BY_ENDING`.
`{n}` entries repeat by the rank in an entry's name: `sizes` of Conv2D is an integer or a tuple of two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

EXCLUDED: Final[Mapping[str, frozenset[str]]] = {
    "layer": frozenset({"Layer", "Wrapper", "InputLayer", "InputSpec"}),
    "optimizer": frozenset({"Optimizer", "OptimizerMap", "MultiOptimizer"}),
    "schedule": frozenset({"LearningRateSchedule"}),
    "loss": frozenset({"Loss"}),
    "metric": frozenset({"Metric"}),
    "callback": frozenset({"Callback", "CallbackList", "History", "ProgbarLogger"}),
    "initializer": frozenset({"Initializer"}),
    "regularizer": frozenset({"Regularizer"}),
    "constraint": frozenset({"Constraint"}),
    "activation": frozenset({"get", "serialize", "deserialize", "threshold"}),
}
"""Base classes, what the runtime adds by itself, and an activation that cannot be called with a tensor alone."""

CODE: Final = frozenset(
    {
        "layer.Lambda", "layer.JaxLayer", "layer.FlaxLayer", "layer.TorchModuleWrapper", "layer.TFSMLayer",
        "metric.MeanMetricWrapper", "callback.LambdaCallback", "callback.LearningRateScheduler",
    }
)  # fmt: skip
"""Entries that take Python code."""

OMITTED: Final[Mapping[str, frozenset[str]]] = {
    "layer": frozenset({"name"}),
    "application": frozenset({"name", "input_tensor", "input_shape"}),
    "activation": frozenset({"x"}),
}
"""Parameters that the language gives by other means: `as name`, the current tensor, its shape."""

WITH_ARGUMENTS: Final = frozenset({"elu", "leaky_relu", "relu", "softmax"})
"""Activations whose arguments survive saving, because a layer computes them. Keras cannot save the others with arguments."""

_SIZE = "int>0 | {(int>0)}"
_COUNT = "int>=0 | {(int>=0)}"
_EDGE = "int>=0 | (int>=0, int>=0)"
_FOLDED_FORMAT = '"channels_last"i | "channels_first"i | None'
_POLICY = 'dtype | "mixed_float16" | "mixed_bfloat16" | None'
_AXES = "int | list[int]"
_AFFINE = '"nearest" | "bilinear"'
_RESIZE = '"bilinear" | "nearest" | "bicubic" | "lanczos3" | "lanczos5"'
_PAIR = "(float, float)"
_LIST = "list[any] | None"


def factor(low: int, high: int) -> str:
    """What `BaseImagePreprocessingLayer._set_factor` takes: a number within bounds, or a pair that overlaps them."""
    return f"float[{low},{high}] | (float<={high}, float>={low})"


def _repeat(names: str, type_: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), type_)


BY_ENDING: Final[tuple[tuple[str, str], ...]] = (
    ("_initializer", "initializer | None"),
    ("_regularizer", "regularizer | None"),
    ("_constraint", "constraint | None"),
)

_LAYER: Final = {
    **_repeat("activation recurrent_activation", "activation | layer | None"),
    **_repeat("filters units num_heads key_dim head_dim num_query_heads num_key_value_heads groups depth_multiplier", "int>0"),
    **_repeat("kernel_size strides pool_size dilation_rate", _SIZE),
    **_repeat("height width input_dim output_dim n", "int>0"),
    **_repeat("lora_rank value_dim sliding_window", "int>0 | None"),
    **_repeat("rate dropout recurrent_dropout", "float[0,1]"),
    **_repeat("autocast use_bias use_scale mask_zero renorm synchronized center scale stateful unroll trainable", "bool"),
    **_repeat("flash_attention", "bool | None"),
    **_repeat("epsilon", "float>=0"),
    **_repeat("momentum renorm_momentum", "float[0,1]"),
    **_repeat("quantization_config gptq_unpacked_column_size", "None"),
    **_repeat("interpolation", _AFFINE),
    **_repeat("value_range", _PAIR),
    **_repeat("fill_mode", '"reflect" | "wrap" | "constant" | "nearest"'),
    **_repeat("fill_value threshold", "float"),
    **_repeat("idf_weights weights", _LIST),
    "vocabulary": "path | list[str] | None",
    **_repeat("salt", "int | (int, int) | None"),
    **_repeat("max_tokens", "int>=2 | None"),
    **_repeat("num_oov_indices", "int>=0"),
    "seed": "int | None",
    "dtype": _POLICY,
    "data_format": _FOLDED_FORMAT,
    "padding": '"valid"i | "same"i',
    "output_padding": _COUNT + " | None",
    "output_size": _SIZE,
    "axis": _AXES,
    "lora_alpha": "float | None",
    "noise_shape": "list[int>0 | None] | None",
    "use_cudnn": '"auto" | bool',
    "layer": "layer",
    "attention_axes": _AXES + " | None",
    "output_shape": "int>0 | list[int>0] | None",
    "renorm_clipping": "dict[float] | None",
}
_LOOKUP_MODE = '"int" | "one_hot" | "multi_hot" | "count" | "tf_idf" | "tf-idf" | "binary"'
_HASH_MODE = '"int" | "one_hot" | "multi_hot" | "count"'
_POOL = {"padding": '"valid" | "same"', "strides": _SIZE + " | None"}

_OPTIMIZER: Final = {
    "learning_rate": "float | schedule",
    **_repeat("beta_1 beta_2 rho ema_momentum momentum adam_beta_1 adam_beta_2", "float[0,1]"),
    **_repeat("epsilon epsilon_1 epsilon_2 initial_accumulator_value clip_threshold", "float>=0"),
    **_repeat("l1_regularization_strength l2_regularization_strength l2_shrinkage_regularization_strength", "float>=0"),
    **_repeat("weight_decay clipnorm clipvalue global_clipnorm", "float>=0 | None"),
    **_repeat("ema_overwrite_frequency dynamic_growth_steps", "int>0 | None"),
    "loss_scale_factor": "float>0 | None",
    "gradient_accumulation_steps": "int>=2 | None",
    "learning_rate_power": "float<=0",
    "name": "str | None",
    "inner_optimizer": "optimizer",
    "initial_scale": "float>0",
    "exclude_layers": "list[str] | None",
    "ns_steps": "int>0",
    **_repeat("adam_weight_decay muon_a muon_b muon_c adam_lr_ratio rms_rate beta_2_decay beta", "float"),
    "warmup_steps": "int>=0 | steps",
}

_SCHEDULE: Final = {
    **_repeat("decay_steps first_decay_steps", "steps"),
    **_repeat("initial_learning_rate alpha t_mul m_mul decay_rate end_learning_rate power", "float"),
    "warmup_target": "float | None",
    "warmup_steps": "int>=0 | steps",
    "boundaries": "list[int>=0 | steps]",
    "values": "list[float]",
    "name": "str",
}

_NAMED = {"name": "str | None", "dtype": _POLICY}

_LOSS: Final = {
    **_NAMED,
    "reduction": '"sum_over_batch_size" | "sum" | "mean" | "mean_with_sample_weight" | "none" | None',
    "label_smoothing": "float[0,1]",
    "axis": "int",
    "ignore_class": "int | None",
    "q": "float(0,1)",
    **_repeat("alpha beta gamma delta margin", "float"),
}

_METRIC: Final = {
    **_NAMED,
    "label_smoothing": "float[0,1]",
    "axis": "int",
    **_repeat("thresholds", "float[0,1] | list[float[0,1]] | None"),
    **_repeat("top_k num_labels", "int>0 | None"),
    **_repeat("class_id ignore_class", "int | None"),
    **_repeat("num_thresholds num_classes k", "int>0"),
    **_repeat("recall precision specificity sensitivity", "float[0,1]"),
    "threshold": "float",
    "target_class_ids": "list[int>=0]",
    "average": '"micro" | "macro" | "weighted" | None',
    "beta": "float>0",
    "curve": '"ROC" | "PR" | "PRGAIN" | "roc" | "pr" | "prgain"',
    "summation_method": '"interpolation" | "majoring" | "minoring" | "Interpolation" | "Majoring" | "Minoring"',
    "label_weights": "list[float] | None",
    "class_aggregation": '"uniform_average" | "variance_weighted_average" | None',
    "num_regressors": "int>=0",
}

_CALLBACK: Final = {
    "monitor": "str",
    "mode": '"auto" | "min" | "max"',
    **_repeat("patience cooldown start_from_epoch histogram_freq embeddings_freq", "int>=0"),
    **_repeat("min_delta min_lr", "float"),
    **_repeat("baseline initial_value_threshold", "float | None"),
    **_repeat("filepath filename backup_dir log_dir directory", "path"),
    "verbose": '"auto" | int>=0',
    "save_freq": '"epoch" | int>0',
    "update_freq": '"batch" | "epoch" | int>0',
    "profile_batch": "int>=0 | (int>=0, int>=0) | str",
    "embeddings_metadata": "path | dict[path] | None",
    "factor": "float<1",
    "max_to_keep": "int>0 | None",
    **_repeat("separator root path field", "str"),
    "headers": "dict[str] | None",
}

_INITIALIZER: Final = {
    "seed": "int | None",
    **_repeat("input_axes output_axes", _AXES + " | None"),
    "value": "float | bool | list[any]",
    **_repeat("gain mean stddev minval maxval", "float"),
    "scale": "float>0",
    "mode": '"fan_in" | "fan_out" | "fan_avg"',
    "distribution": '"truncated_normal"i | "untruncated_normal"i | "uniform"i | "normal"i',
    "side": '"real" | "imag"',
    "window": "str | None",
    "scaling": '"density" | "spectrum" | None',
}

BY_NAME: Final[Mapping[str, Mapping[str, str]]] = {
    "layer": _LAYER,
    "optimizer": _OPTIMIZER,
    "schedule": _SCHEDULE,
    "loss": _LOSS,
    "metric": _METRIC,
    "callback": _CALLBACK,
    "initializer": _INITIALIZER,
    "regularizer": {"l1": "float>=0 | None", "l2": "float>=0 | None", "factor": "float>=0", "mode": '"rows" | "columns"'},
    "constraint": {"axis": _AXES, **_repeat("min_value max_value rate", "float")},
    "activation": {"max_value": "float>=0 | None", "axis": _AXES, **_repeat("negative_slope threshold", "float>=0"), "alpha": "float"},
    "application": {
        "weights": '"imagenet" | path | None',
        "pooling": '"avg" | "max" | None',
        "classes": "int>0",
        "classifier_activation": "activation | None",
        "alpha": "float>0",
        "depth_multiplier": "int>0",
        **_repeat("dropout dropout_rate", "float[0,1]"),
    },
}


def _layers(names: str, **types: str) -> dict[str, dict[str, str]]:
    return {f"layer.{name}": types for name in names.split()}


def _ranked(names: str, **types: str) -> dict[str, dict[str, str]]:
    """The same for the one-, two- and three-dimensional form of each layer."""
    return _layers(" ".join(f"{name}{rank}D" for name in names.split() for rank in "123"), **types)


def _merged(*parts: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    merged: dict[str, dict[str, str]] = {}
    for part in parts:
        for key, types in part.items():
            merged.setdefault(key, {}).update(types)
    return merged


_IMAGE_FACTORS: Final = _merged(
    _layers("AugMix RandAugment", factor="float[0,1] | (float[0,1], float[0,1])"),
    _layers("CutMix RandomContrast RandomElasticTransform RandomErasing", factor=factor(0, 1)),
    _layers("RandomGaussianBlur RandomHue RandomInvert RandomPerspective RandomSharpness", factor=factor(0, 1)),
    _layers("RandomBrightness RandomColorDegeneration RandomSaturation", factor=factor(-1, 1)),
    _layers("RandomElasticTransform RandomErasing", scale=factor(0, 1)),
    _layers("RandomGaussianBlur", sigma=factor(0, 1), kernel_size="int>0 | (int>0, int>0)"),
    _layers("RandomGrayscale", factor="float[0,1]"),
    _layers("RandomPerspective", scale="float[0,1]"),
    _layers("RandomPosterization", factor="int[1,8] | (int<=8, int>=1)"),  # bits: Keras refuses 4.0
    _layers("RandomRotation", factor="angle | (angle, angle)"),
    _layers("RandomShear", **_repeat("x_factor y_factor", "float[0,1] | (float[0,1], float[0,1])")),
    _layers("Solarization", **_repeat("addition_factor threshold_factor", "float[0,1] | (float[0,1], float[0,1])")),
    _layers("RandomTranslation", **_repeat("height_factor width_factor", "float[-1,1] | (float[-1,1], float[-1,1])")),
    _layers("RandomZoom", height_factor="float(-1,1] | (float(-1,1], float(-1,1])"),
    _layers("RandomZoom", width_factor="float(-1,1] | (float(-1,1], float(-1,1]) | None"),
    _layers("RandomColorJitter", **_repeat("brightness_factor saturation_factor", factor(-1, 1) + " | None")),
    _layers("RandomColorJitter", **_repeat("contrast_factor hue_factor", factor(0, 1) + " | None")),
)

BY_ENTRY: Final[Mapping[str, Mapping[str, str]]] = _merged(
    _IMAGE_FACTORS,
    _layers("Conv1D", padding='"valid"i | "same"i | "causal"i'),
    _ranked("AveragePooling MaxPooling", **_POOL),
    _ranked("AdaptiveAveragePooling AdaptiveMaxPooling", data_format='"channels_last" | "channels_first" | None'),
    _layers("Activation", activation="activation | layer"),
    _layers("ActivityRegularization", l1="float>=0 | None", l2="float>=0 | None"),
    _layers("Attention", score_mode='"dot" | "concat"'),
    _layers("AugMix", num_chains="int>0", chain_depth="int>0 | int[-1,-1]", alpha="float>0"),
    _layers("BatchNormalization Concatenate", axis="int"),
    _layers("Bidirectional", merge_mode='"concat" | "sum" | "mul" | "ave" | None', backward_layer="layer | None"),
    _layers("CategoryEncoding", num_tokens="int>0", output_mode='"multi_hot" | "one_hot" | "count" | "binary"'),
    _layers("ContrastLimitedAdaptiveHistogramEqualization", clip_limit="float>0", tile_grid_size="(int>0, int>0)"),
    _layers("Cropping1D", cropping=_EDGE),
    _layers("Cropping2D", cropping=f"int>=0 | ({_EDGE}, {_EDGE})"),
    _layers("Cropping3D", cropping=f"int>=0 | ({_EDGE}, {_EDGE}, {_EDGE})"),
    _layers("Discretization", bin_boundaries="list[float] | None", num_bins="int>=0 | None", output_mode=_HASH_MODE),
    _layers("Dot", axes="int | (int, int)"),
    _layers("EinsumDense", equation="str", output_shape="int>0 | list[int>0 | None]", bias_axes="str | None"),
    _layers("Equalization", bins="int>0"),
    _layers("GaussianNoise", stddev="float[0,1]"),
    _layers("GroupNormalization", groups="int>0 | int[-1,-1]", axis="int"),
    _layers("HashedCrossing", num_bins="int>0", output_mode='"int" | "one_hot"'),
    _layers("Hashing", num_bins="int>0", output_mode=_HASH_MODE, mask_value="int | str | None"),
    _layers(
        "IntegerLookup",
        vocabulary="path | list[int] | None", mask_token="int | None", oov_token="int | None", output_mode=_LOOKUP_MODE,
        oov_method='"floormod" | "farmhash"', vocabulary_dtype='"int64"',
    ),
    _layers("LeakyReLU", negative_slope="float>=0"),
    _layers("MaxNumBoundingBoxes", max_number="int>0", fill_value="int"),
    _layers(
        "MelSpectrogram",
        **_repeat("fft_length sequence_stride sampling_rate num_mel_bins", "int>0"),
        sequence_length="int>0 | None", max_freq="float>0 | None", window='"hann" | "hamming" | None',
    ),
    _layers("MixUp", alpha="float>0"),
    _layers("Normalization", axis=_AXES + " | None", mean="float | list[any] | None", variance="float | list[any] | None"),
    _layers("PReLU", shared_axes=_AXES + " | None"),
    _layers("Permute", dims="list[int>0]"),
    _layers("Pipeline", layers="list[layer]"),
    _layers("RNN", cell="layer | list[layer]"),
    _layers("RandAugment", num_ops="int>0"),
    _layers("RandomElasticTransform", fill_mode='"constant" | "nearest" | "wrap" | "mirror" | "reflect"'),
    _layers("RandomErasing", fill_value="float | list[float] | None"),
    _layers("RandomFlip", mode='"horizontal" | "vertical" | "horizontal_and_vertical"'),
    _layers("ReLU", max_value="float>=0 | None", negative_slope="float>=0", threshold="float>=0"),
    _layers("Rescaling", scale="float | list[any]", offset="float | list[any]"),
    _layers("Reshape", target_shape="list[int>=-1]"),
    _layers("Resizing", interpolation=_RESIZE, fill_mode='"constant"'),
    _layers("ReversibleEmbedding", reverse_dtype=_POLICY, logit_soft_cap="float | None"),
    _layers(
        "STFTSpectrogram",
        mode='"log" | "magnitude" | "psd" | "real" | "imag" | "angle" | "stft"', frame_length="int>0", frame_step="int>0 | None",
        fft_length="int>0 | None", window="str | None", scaling='"density" | "spectrum" | None', padding='"valid" | "same"',
    ),
    _layers("SpectralNormalization", power_iterations="int>0"),
    _layers("StackedRNNCells", cells="list[layer]"),
    _layers("StringLookup", mask_token="str | None", oov_token="str | None", output_mode=_LOOKUP_MODE),
    _layers(
        "TextVectorization",
        standardize='"lower_and_strip_punctuation" | "lower" | "strip_punctuation" | None', split='"whitespace" | "character" | None',
        ngrams="int>0 | list[int>0] | None", output_mode=_LOOKUP_MODE, output_sequence_length="int>0 | None",
    ),
    _layers("TimeDistributed", layer="layer | application"),
    _layers("UpSampling1D", size="int>0"),
    _layers("UpSampling2D", size="int>0 | (int>0, int>0)", interpolation=_RESIZE.replace('" |', '"i |') + "i"),
    _layers("UpSampling3D", size="int>0 | (int>0, int>0, int>0)"),
    _layers("ZeroPadding1D", padding=_EDGE),
    _layers("ZeroPadding2D", padding=f"int>=0 | ({_EDGE}, {_EDGE})"),
    _layers("ZeroPadding3D", padding=f"int>=0 | ({_EDGE}, {_EDGE}, {_EDGE})"),
    {
        "optimizer.AdamW": {"weight_decay": "float>=0"},
        "optimizer.Lion": {"beta_1": "float(0,1]"},
        "optimizer.LossScaleOptimizer": {"dynamic_growth_steps": "int>0"},
        "loss.CategoricalFocalCrossentropy": {"alpha": "float | list[float]"},
        "loss.Dice": {"axis": _AXES + " | None"},
        "loss.Tversky": {"axis": _AXES + " | None"},
        "metric.AUC": {"thresholds": "list[float[0,1]] | None", "num_thresholds": "int>=2"},
        "metric.F1Score": {"threshold": "float(0,1] | None"},
        "metric.FBetaScore": {"threshold": "float(0,1] | None"},
        "constraint.MaxNorm": {"max_value": "float"},
    },
)  # fmt: skip


def overlay_type(kind: str, name: str, parameter: str) -> str | None:
    """The type by hand of a parameter, or None where there is none."""
    found = BY_ENTRY.get(f"{kind}.{name}", {}).get(parameter) or BY_NAME.get(kind, {}).get(parameter) or _by_ending(parameter)
    return None if found is None else _for_rank(found, name)


def _by_ending(parameter: str) -> str | None:
    return next((type_ for ending, type_ in BY_ENDING if parameter.endswith(ending)), None)


def _for_rank(type_: str, name: str) -> str:
    """`{(T)}` becomes a tuple of as many T as the name has dimensions: `Conv2D`, `Conv2DTranspose`, `ConvLSTM3D`."""
    if "{(" not in type_:
        return type_
    before, _, rest = type_.partition("{(")
    item, _, after = rest.partition(")}")
    rank = next((int(digit) for digit in "123" if f"{digit}D" in name), 1)
    return f"{before}({', '.join([item] * rank)}){after}"


def unused(known: Iterable[str]) -> list[str]:
    """The keys of `BY_ENTRY` and `CODE` that no longer name an entry: what to look at after an update of Keras."""
    entries = set(known)
    return sorted((set(BY_ENTRY) | CODE) - entries)
