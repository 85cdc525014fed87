"""Writes an adapter as PEFT does, in 16 bits."""

import json
import struct
from pathlib import Path

import torch


def save_adapter(model, folder, base_sha256, record):
    """adapter_model.safetensors, adapter_config.json and training.json in `folder`."""
    folder = Path(folder)
    tensors = {name: tensor.detach().to("cpu", torch.float16).contiguous() for name, tensor in model.adapter().items()}
    header, offset = {}, 0
    for name, tensor in tensors.items():
        size = tensor.numel() * 2
        header[name] = {"dtype": "F16", "shape": list(tensor.shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(folder / "adapter_model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.numpy().tobytes())
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": "HuggingFaceTB/SmolLM2-135M-Instruct",
        "codriver_base_sha256": base_sha256,
        "r": model.rank,
        "lora_alpha": model.alpha,
        "lora_dropout": 0.0,
        "bias": "none",
        "use_rslora": False,
        "use_dora": False,
        "fan_in_fan_out": False,
        "modules_to_save": None,
        "target_modules": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    }
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
    record = {key: value for key, value in record.items() if key not in ("base", "data", "out", "device", "minutes")}
    (folder / "training.json").write_text(json.dumps({**record, "base_sha256": base_sha256}, indent=2) + "\n")
