"""Our own words, in the form of the catalogue: sections and their settings, data sources, searches, tuners.

A section is an entry whose parameters are its settings. The runtime and the plan find every default here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from cnnspec.catalogue.entry import Entry, Parameter

REQUIRED: Final = object()
PART: Final = "float(0,1) | int>0 | source | None"


def _p(name: str, type_: str, default: Any, doc: str, hints: dict[str, str] | None = None) -> Parameter:
    needed = default is REQUIRED
    return Parameter(name, type_, needed, None if needed else default, doc, hints or {})


def _inherited(*settings: Parameter) -> tuple[Parameter, ...]:
    """The same settings without a default of their own: where a phase is silent, `train` speaks."""
    return tuple(replace(setting, default=None) for setting in settings)


_NO_BUFFER: Final = "write `shuffle = True`: all images are shuffled, there is no buffer"
_DROPPED: Final = 'Keras 3 has no {} backend: write "tensorflow", "jax" or "torch"'

_EPOCHS = _p("epochs", "int>0", 1, "How often the training data is seen.")
_OPTIMIZER = _p("optimizer", "optimizer | None", None, "What updates the weights.")
_LOSS = _p("loss", "loss | None", None, "What the training makes small.")
_METRICS = _p("metrics", "list[metric]", [], "What is measured besides the loss.")
_CALLBACKS = _p("callbacks", "list[callback]", [], "Keras callbacks, such as EarlyStopping.")
_FREEZE = _p("freeze", "list[str | selection]", [], "The layers whose weights do not change; everything else is trainable.")
_CLASS_WEIGHT = _p(
    "class_weight",
    '"balanced" | dict[float>=0] | None',
    None,
    "How much each class counts in the loss: by name or number, or balanced by frequency.",
)
_CLIP = _p("clip", "float>0 | None", None, "The largest global norm of the gradients; larger ones are scaled down.")
_ACCUMULATE = _p("accumulate", "int>0", 1, "How many batches are summed up before the weights are updated.")
_VALIDATION = _p("validation", PART, None, "The part that is held back to watch the training: a share, a count, or a source of its own.")
_TEST = _p("test", PART, None, "The part that is measured once at the end; the source's own test images where it has them.")

_SECTIONS: Final = (
    Entry(
        "section",
        "data",
        (
            _p("source", "source", REQUIRED, "Where the images and their labels come from."),
            _VALIDATION,
            _TEST,
            _p("split", "section:split", {}, "How the parts are drawn."),
            _p("resize", "(int>0, int>0) | None", None, "The height and width to which every image is brought."),
            _p(
                "resize_method",
                '"stretch" | "crop_to_aspect_ratio" | "pad_to_aspect_ratio"',
                "stretch",
                "What happens to an image of other proportions.",
            ),
            _p("cache", '"memory" | "disk" | None', None, "Where decoded and resized images are kept; None keeps small sets in memory."),
            _p("shuffle", "bool", True, "Whether the training images are shuffled each epoch, all of them together.", {"int": _NO_BUFFER}),
            _p("batch", "int>0", 32, "How many images make one step."),
            _p("prefetch", '"auto" | int>=0', "auto", "How many batches are made ready ahead of the model."),
            _p("on_error", '"stop" | "skip"', "stop", "Whether an image that cannot be read stops the run or is left out and counted."),
        ),
        doc="The images, their labels and how they become batches.",
    ),
    Entry(
        "section",
        "split",
        (
            _VALIDATION,
            _TEST,
            _p(
                "stratify",
                "bool | str",
                False,
                "Whether every part has the classes in the same proportions; of several outputs, those of the first that has classes, "
                "or of the one that is named.",
            ),
            _p(
                "by_group",
                "str | None",
                None,
                "What stays together in one part: rows with the same value in this column of a table; in folders, `folder`, or files in "
                "whose path this regular expression finds the same.",
            ),
            _p("seed", "int>=0", 0, "The seed of the draw; it does not depend on the seed of the run."),
        ),
        doc="How the data is cut into training, validation and test.",
    ),
    Entry("section", "augment", (), doc="Layers applied to training batches only, in order.", items="layer"),
    Entry(
        "section",
        "train",
        (
            _EPOCHS, _OPTIMIZER, _LOSS, _METRICS, _CALLBACKS, _FREEZE, _CLASS_WEIGHT, _CLIP, _ACCUMULATE,
            _p("checkpoint", "section:checkpoint | None", None, "Keep the best weights and use them at the end."),
            _p("phase", "sections:phase", {}, "Trainings one after the other; a phase is complete, only the weights carry over."),
            _p("head", "sections:head", {}, "The loss and the metrics of each output, by the output's name."),
        ),
        doc="How the model is trained.",
    ),
    Entry(
        "section",
        "phase",
        (*_inherited(_EPOCHS, _OPTIMIZER, _LOSS, _METRICS, _CALLBACKS, _CLASS_WEIGHT, _CLIP, _ACCUMULATE), _FREEZE),
        doc="One training among several. What it leaves out is taken from `train`, except `freeze`.",
    ),
    Entry(
        "section",
        "head",
        (_LOSS, _METRICS, _p("loss_weight", "float>=0", 1.0, "How much this output's loss counts in the sum."), _CLASS_WEIGHT),
        doc="The loss and the metrics of one output.",
    ),
    Entry(
        "section",
        "checkpoint",
        (
            _p("monitor", "str", "val_loss", "The quantity that decides which weights are best."),
            _p("keep", "int>0", 1, "How many of the best checkpoints stay on disk."),
        ),
        doc="Keep the best weights.",
    ),
    Entry(
        "section",
        "tune",
        (
            _p("objective", "str", "val_loss", "The quantity that the search makes best."),
            _p("method", "tuner", {"tuner": "random", "arguments": {}}, "How the next trial is chosen."),
            _p("trials", "int>0", 10, "How many trials are made."),
        ),
        doc="The search over every `let` that has a `search`.",
    ),
    Entry(
        "section",
        "run",
        (
            _p(
                "backend",
                '"tensorflow" | "jax" | "torch" | None',
                None,
                "The framework that computes; the command line comes first, Keras's own setting last.",
                {word: _DROPPED.format(name) for word, name in (("theano", "Theano"), ("cntk", "CNTK"), ("mxnet", "MXNet"))}
                | {"tf": 'write "tensorflow"', "pytorch": 'write "torch"'},
            ),
            _p(
                "precision",
                '"float32" | "float64" | "float16" | "bfloat16" | "mixed_float16" | "mixed_bfloat16"',
                "float32",
                "The numbers in which the model computes.",
            ),
            _p("seed", "int>=0", 0, "The seed of weights, shuffling and augmentation."),
            _p("deterministic", "bool", True, "Whether two runs give the same numbers on one machine."),
            _p("distribution", "distribution | None", None, "How the work is spread over several devices."),
            _p("steps_per_execution", '"auto" | int>0', "auto", "How many steps are run in one call of the framework."),
            _p("jit_compile", '"auto" | bool', "auto", "Whether the step is compiled by XLA."),
            _p("save_every", "seconds", 60, "How much time may be lost: the state of the training is saved as often."),
            _p("tracking", '"tensorboard" | "mlflow" | "wandb" | None', None, "Where the progress is also written."),
        ),
        doc="How and where the run is executed.",
    ),
    Entry(
        "section",
        "export",
        (
            _p("keras", "path | None", None, "The whole model in Keras's own format (.keras)."),
            _p("weights", "path | None", None, "The weights alone (.weights.h5)."),
            _p("saved_model", "path | None", None, "A TensorFlow SavedModel folder."),
            _p("onnx", "path | None", None, "An ONNX file."),
            _p("litert", "path | None", None, "A LiteRT (TensorFlow Lite) file."),
            _p("openvino", "path | None", None, "An OpenVINO model."),
        ),
        doc="What is written when the run has ended.",
    ),
    Entry("section", "expect", (), doc="What the author promises, one comparison a line.", items="comparison"),
)  # fmt: skip

_FILE = _p("path", "path | None", None, "A local copy of the file that Keras would download.")
_COLOR_MODE = _p(
    "color_mode",
    '"grayscale" | "rgb" | "rgba" | None',
    None,
    "The channels of every image; None takes what the model's input has.",
)
_MASK_CLASSES = _p(
    "classes",
    "dict[int[0,65535] | (int[0,255], int[0,255], int[0,255])] | list[str] | None",
    None,
    "The classes by name, each with the value or the colour that its pixels have; a list names the values 0, 1, ...; None takes "
    "the value for the number of the class.",
)
_IGNORE = _p("ignore", "int[0,255] | None", None, "The number of pixels that are of no class; the loss is given it as `ignore_class`.")
_SHARDS = _p("path", "path", REQUIRED, "The files: `*` in the name stands for any text, `{000..012}` for numbers.")
_CLASS_NAMES = _p("class_names", "list[str] | None", None, "The classes in the order of their numbers; None sorts the words that occur.")
_COLUMNS_OF_HUB: Final = (
    _p("image", "str | None", None, "The column of the images; None takes the only one."),
    _p("label", "str | None", None, "The column of the labels; None takes the only one that has classes."),
)
_SOURCES: Final = (
    Entry("source", "digits", (), doc="1,797 handwritten digits of 8x8x1, 10 classes, bundled with scikit-learn."),
    Entry("source", "mnist", (_FILE,), doc="70,000 handwritten digits of 28x28x1, 10 classes."),
    Entry("source", "fashion_mnist", (_FILE,), doc="70,000 pieces of clothing of 28x28x1, 10 classes."),
    Entry("source", "cifar10", (_FILE,), doc="60,000 photos of 32x32x3, 10 classes."),
    Entry(
        "source",
        "cifar100",
        (_p("label_mode", '"fine" | "coarse"', "fine", "100 fine classes or 20 coarse ones."), _FILE),
        doc="60,000 photos of 32x32x3, 100 classes.",
    ),
    Entry(
        "source",
        "npz",
        (
            _p("path", "path", REQUIRED, "The file."),
            _p("x", "str", "x_train", "The name of the array of images."),
            _p("y", "str", "y_train", "The name of the array of labels."),
            _p("x_test", "str | None", "x_test", "The name of the array of test images."),
            _p("y_test", "str | None", "y_test", "The name of the array of test labels."),
        ),
        doc="Arrays in a NumPy .npz file; nothing is unpickled.",
    ),
    Entry(
        "source",
        "image_folder",
        (
            _p("path", "path", REQUIRED, "A folder with one folder of images per class."),
            _p("labels", '"folder_name"', "folder_name", "What an image's label is."),
            _COLOR_MODE,
            _p("class_names", "list[str] | None", None, "The classes in the order of their numbers; None sorts the folders by name."),
        ),
        doc="Image files, one folder per class.",
    ),
    Entry(
        "source",
        "listed",
        (_p("path", "path", REQUIRED, "A text file that names an image on each line."),),
        doc="For `validation` and `test`: the items of `source` that a text file names.",
    ),
    Entry(
        "source",
        "image_mask_folder",
        (
            _p("images", "path", REQUIRED, "The folder of the images; `*` in it stands for the part: train, validation, test."),
            _p("masks", "path", REQUIRED, "The folder of the masks, one for each image, with the same name but for its ending."),
            _MASK_CLASSES,
            _IGNORE,
            _p("mask_suffix", "str", "", "What the name of a mask has behind that of its image, such as `_mask`."),
            _COLOR_MODE,
        ),
        doc="Images with masks: a class for each pixel.",
    ),
    Entry(
        "source",
        "csv",
        (
            _p("path", "path", REQUIRED, "A table with a header line; paths in it are relative to it."),
            _p("inputs", "dict[column]", REQUIRED, "What each input of the model reads."),
            _p("targets", "dict[column]", REQUIRED, "What each output of the model learns."),
            _p("weights", "str | None", None, "The column that says how much each row counts in the loss."),
            _p("part", "str | None", None, "The column that says to which part a row belongs: train, validation or test."),
            _p("separator", "str", ",", "What stands between two cells."),
        ),
        doc="A table that names images, numbers and categories.",
    ),
    Entry(
        "source",
        "idx",
        (
            _p("images", "path", REQUIRED, "The file of the images, also as .gz."),
            _p("labels", "path", REQUIRED, "The file of their labels."),
            _p("test_images", "path | None", None, "The file of the test images."),
            _p("test_labels", "path | None", None, "The file of their labels."),
        ),
        doc="Arrays in the format of MNIST's own files.",
    ),
    Entry(
        "source",
        "tfrecord",
        (
            _SHARDS,
            _p("image", "str", "image/encoded", "The feature that holds the content of an image file."),
            _p("label", "str", "image/class/label", "The feature that holds the label: a number or a word."),
            _CLASS_NAMES,
            _COLOR_MODE,
        ),
        doc="Files of records, each a `tf.train.Example` with an image and a label.",
    ),
    Entry(
        "source",
        "webdataset",
        (
            _SHARDS,
            _p("label", "str", "cls", "The ending of the files that hold the labels: a number or a word each."),
            _CLASS_NAMES,
            _COLOR_MODE,
        ),
        doc="Archives (.tar) in which an image and its label have one name, such as `7.jpg` and `7.cls`.",
    ),
    Entry(
        "source",
        "tfds",
        (
            _p("name", "str", REQUIRED, "The name in the catalogue of TensorFlow Datasets, such as `mnist` or `cats_vs_dogs:4.0.1`."),
            *_COLUMNS_OF_HUB,
            _p("folder", "path | None", None, "Where prepared data sets are kept; None is the library's own folder."),
            _COLOR_MODE,
        ),
        doc="A data set of TensorFlow Datasets, with its own parts.",
    ),
    Entry(
        "source",
        "huggingface",
        (
            _p("name", "str", REQUIRED, "The name on the Hugging Face hub, such as `uoft-cs/cifar10`."),
            _p("config", "str | None", None, "Which of several data sets of that name."),
            *_COLUMNS_OF_HUB,
            _p("path", "path | None", None, "A local copy: a folder that the library reads in place of the hub."),
            _COLOR_MODE,
        ),
        doc="A data set of the Hugging Face hub, with its own parts.",
    ),
)

_COLUMN = _p("column", "str", REQUIRED, "The name of the column.")
_FOLDER = _p("folder", "path | None", None, "The folder of the files; None is the folder of the table.")
_SUFFIX = _p("suffix", "str", "", "What the cells leave out at the end of the file's name, such as `.jpg`.")
_OTHERS: Final = (
    Entry("column", "image", (_COLUMN, _FOLDER, _SUFFIX, _COLOR_MODE), doc="Paths of images."),
    Entry("column", "mask", (_COLUMN, _FOLDER, _SUFFIX, _MASK_CLASSES, _IGNORE), doc="Paths of masks: a class for each pixel."),
    Entry("column", "number", (_COLUMN,), doc="Numbers."),
    Entry(
        "column",
        "category",
        (_COLUMN, _p("names", "list[str] | None", None, "The words in the order of their numbers; None sorts those that occur.")),
        doc="One of several words, as a class number.",
    ),
    Entry(
        "column",
        "columns",
        (_p("pattern", "str", REQUIRED, "Names with `*` for any text."),),
        doc="Several columns of numbers, as one vector.",
    ),
    Entry(
        "selection",
        "layers",
        (
            _p("base", "str", REQUIRED, "The backbone or block whose layers are meant."),
            _p("upto", "str | None", None, "The last layer that is meant; None means all."),
            _p("type", "str | None", None, "Only layers of this class."),
        ),
        doc="Some layers of a backbone.",
    ),
    Entry(
        "search",
        "choice",
        (_p("values", "list[any]", REQUIRED, "The values to choose from."),),
        doc="One of several values.",
        variadic="values",
    ),
    Entry(
        "search",
        "uniform",
        (_p("low", "float", REQUIRED, "The least."), _p("high", "float", REQUIRED, "The most.")),
        doc="Any number between two.",
    ),
    Entry(
        "search",
        "log",
        (_p("low", "float>0", REQUIRED, "The least."), _p("high", "float>0", REQUIRED, "The most.")),
        doc="Any number between two, each power of ten as likely.",
    ),
    Entry(
        "search",
        "int",
        (
            _p("low", "int", REQUIRED, "The least."),
            _p("high", "int", REQUIRED, "The most."),
            _p("step", "int>0", 1, "The distance of two values."),
        ),
        doc="A whole number between two, both included.",
    ),
    Entry("tuner", "random", (), doc="Trials drawn at random."),
    Entry("tuner", "bayesian", (), doc="Trials drawn where a model of the earlier ones expects most."),
    Entry(
        "tuner",
        "hyperband",
        (
            _p("max_epochs", "int>0", 100, "The most epochs that one trial is given."),
            _p("factor", "int>=2", 3, "How many trials are dropped for each that goes on."),
        ),
        doc="Many short trials, of which the best go on.",
    ),
    Entry("distribution", "data_parallel", (), doc="Every device has the whole model and a part of each batch."),
)

VOCABULARY: Final[tuple[Entry, ...]] = _SECTIONS + _SOURCES + _OTHERS
