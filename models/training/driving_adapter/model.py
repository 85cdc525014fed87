"""The base as a frozen PyTorch model with a LoRA side path on every projection, in Hugging Face's row order."""

import math

import torch
import torch.nn.functional as F
from torch import nn

#: GGUF name of each projection and PEFT's.
PROJECTIONS = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def unpermuted(weight, heads):
    """Rows of q or k from llama.cpp's interleaved order back to Hugging Face's halves."""
    rows, columns = weight.shape
    return weight.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


class LoraLinear(nn.Module):
    """y = x·Wᵀ + s·(x·Aᵀ)·Bᵀ with W frozen, A [r, in], B [out, r]."""

    def __init__(self, weight, rank, alpha, dropout):
        super().__init__()
        self.register_buffer("weight", torch.from_numpy(weight.copy()), persistent=False)
        out, columns = weight.shape
        self.lora_a = nn.Parameter(torch.empty(rank, columns))
        self.lora_b = nn.Parameter(torch.zeros(out, rank))
        nn.init.kaiming_uniform_(self.lora_a, a=math.sqrt(5))
        self.scale = alpha / rank
        self.dropout = dropout

    def forward(self, x):
        side = F.dropout(x, self.dropout, self.training) @ self.lora_a.t() @ self.lora_b.t()
        return F.linear(x, self.weight) + self.scale * side


class Block(nn.Module):
    def __init__(self, gguf, index, shape, rank, alpha, dropout):
        super().__init__()
        self.shape = shape
        for name in PROJECTIONS:
            weight = gguf.tensor(f"blk.{index}.{name}.weight")
            if name == "attn_q":
                weight = unpermuted(weight, shape["heads"])
            if name == "attn_k":
                weight = unpermuted(weight, shape["kv_heads"])
            setattr(self, name, LoraLinear(weight, rank, alpha, dropout))
        for name in ("attn_norm", "ffn_norm"):
            self.register_buffer(
                name, torch.from_numpy(gguf.tensor(f"blk.{index}.{name}.weight").copy()), persistent=False
            )

    def forward(self, x, cos, sin, mask):
        shape = self.shape
        batch, length, _ = x.shape
        h = normed(x, self.attn_norm, shape["epsilon"])
        heads = lambda y, n: y.view(batch, length, n, -1).transpose(1, 2)
        q, k, v = heads(self.attn_q(h), shape["heads"]), heads(self.attn_k(h), shape["kv_heads"]), heads(
            self.attn_v(h), shape["kv_heads"]
        )
        q, k = rotated(q, cos, sin), rotated(k, cos, sin)
        repeat = shape["heads"] // shape["kv_heads"]
        k, v = k.repeat_interleave(repeat, 1), v.repeat_interleave(repeat, 1)
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None)
        x = x + self.attn_output(attended.transpose(1, 2).reshape(batch, length, -1))
        h = normed(x, self.ffn_norm, shape["epsilon"])
        return x + self.ffn_down(F.silu(self.ffn_gate(h)) * self.ffn_up(h))


def normed(x, weight, epsilon):
    """RMS norm, computed in 32 bits whatever the weights have."""
    wide = x.float()
    return (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + epsilon)).to(weight.dtype) * weight


def rotated(x, cos, sin):
    half = x.shape[-1] // 2
    return (x * cos + torch.cat([-x[..., half:], x[..., :half]], -1) * sin).to(x.dtype)


class LoraModel(nn.Module):
    """A Llama with tied embedding. `forward(ids)` gives the hidden states after the last norm [batch, length, d]."""

    def __init__(self, gguf, rank, alpha, dropout=0.0):
        super().__init__()
        meta = gguf.metadata
        self.shape = {
            "heads": meta["llama.attention.head_count"],
            "kv_heads": meta["llama.attention.head_count_kv"],
            "epsilon": meta["llama.attention.layer_norm_rms_epsilon"],
        }
        self.theta = meta["llama.rope.freq_base"]
        self.rank, self.alpha = rank, alpha
        table = torch.from_numpy(gguf.tensor("token_embd.weight").copy())
        self.register_buffer("table", table, persistent=False)
        self.noise = 0.0
        norm = torch.from_numpy(gguf.tensor("output_norm.weight").copy())
        self.register_buffer("norm", norm, persistent=False)
        blocks = meta["llama.block_count"]
        self.blocks = nn.ModuleList(Block(gguf, i, self.shape, rank, alpha, dropout) for i in range(blocks))
        self.head_size = table.shape[1] // self.shape["heads"]

    def forward(self, ids):
        length = ids.shape[1]
        steps = torch.arange(0, self.head_size, 2, device=ids.device, dtype=torch.float32) / self.head_size
        angles = torch.outer(torch.arange(length, device=ids.device, dtype=torch.float32), self.theta**-steps)
        angles = torch.cat([angles, angles], -1)
        cos, sin = angles.cos(), angles.sin()
        # The residual stream keeps 32 bits.
        x = F.embedding(ids, self.table).float()
        if self.training and self.noise > 0:
            # NEFTune (Jain et al. 2023): noise on the embeddings keeps templates from being learnt by heart.
            size = self.noise / math.sqrt(length * x.shape[-1])
            x = x + torch.empty_like(x).uniform_(-size, size)
        for block in self.blocks:
            x = block(x, cos, sin, None)
        return normed(x, self.norm, self.shape["epsilon"])

    def logits(self, hidden):
        return hidden @ self.table.t()

    def adapter(self):
        """The adapter under PEFT's names."""
        tensors = {}
        for index, block in enumerate(self.blocks):
            for ours, theirs in PROJECTIONS.items():
                linear = getattr(block, ours)
                name = f"base_model.model.model.layers.{index}.{theirs}"
                tensors[f"{name}.lora_A.weight"] = linear.lora_a
                tensors[f"{name}.lora_B.weight"] = linear.lora_b
        return tensors
