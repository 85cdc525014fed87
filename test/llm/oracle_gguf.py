"""Dequantises every tensor of a GGUF file with gguf-py and prints {name: [shape, base64 of float32]}."""
import base64
import json
import sys

import numpy as np
from gguf import GGUFReader, dequantize

result = {}
for tensor in GGUFReader(sys.argv[1]).tensors:
    values = np.ascontiguousarray(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
    result[tensor.name] = [list(values.shape), base64.b64encode(values.tobytes()).decode()]
json.dump(result, sys.stdout)
