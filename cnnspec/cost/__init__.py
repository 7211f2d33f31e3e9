"""What a network costs, counted on its graph. No Keras.

- `params` are the weights as Keras counts them, each instance once, at its first call. Which of them are trained is said of the model as
  it is written; what a phase freezes is not looked at.
- `macs` are the multiply-accumulates of one sample's forward pass (the convention is that of `cnnspec.shapes`), at each call.
- `activation_bytes` are the outputs of all calls for one sample, each once and in its own dtype; layers that work in place add nothing
  (`cnnspec.shapes.held`). The images themselves are not counted.
- `parameter_bytes` are the weights in the dtype in which they are kept: float32 under `mixed_float16` and `mixed_bfloat16`.
- `receptive_field` is in `field.py`, the memory of a training in `memory.py`.

None is a figure that is not known: a layer in Python, or a size that is not fixed.
"""

from cnnspec.cost.costs import Costs, NodeCosts
from cnnspec.cost.field import Field, Sight
from cnnspec.cost.measure import measure
from cnnspec.cost.memory import Memory, training_memory

__all__ = ["Costs", "Field", "Memory", "NodeCosts", "Sight", "measure", "training_memory"]
