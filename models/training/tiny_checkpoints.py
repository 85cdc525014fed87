"""Writes the tiny random checkpoints of test/llm/families/fixtures and what transformers makes of them.

    python models/training/tiny_checkpoints.py test/llm/families/fixtures

One folder a case: config.json and safetensors as `save_pretrained` writes them, and expected.safetensors, all
float32: `prompt` [P], `tokens` [32] (greedy) and `logits` [33, V] of the last prompt token and of each greedy token.
Weights are drawn from a fixed seed, rounded to the type they are stored in, and computed with in float32. Needs
torch 2.11.0, transformers 5.17.0, safetensors 0.8.0 and numpy. Run tiny_tokenizers.py next, and format
the JSON files with Biome.
"""
import shutil
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import (
    BloomConfig,
    BloomForCausalLM,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
    OPTConfig,
    OPTForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

VOCABULARY = 320
PROMPT = 20
STEPS = 32
# No token of the greedy text may win by less: float32 sums in another order must not change it.
LEAST_MARGIN = 0.01
# A text that repeats itself would hide mistakes.
LEAST_DISTINCT = 8

COMMON = {"vocab_size": VOCABULARY, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
GATED = {
    **COMMON,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 96,
}
OPT = {
    **COMMON,
    "hidden_size": 64,
    "ffn_dim": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 96,
}

# Name: class, configuration, stored type, most bytes of a shard.
CASES = {
    "llama": (
        LlamaForCausalLM,
        LlamaConfig(
            **GATED,
            num_hidden_layers=2,
            tie_word_embeddings=False,
            rope_parameters={
                "rope_type": "llama3",
                "rope_theta": 5000.0,
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 64,
            },
        ),
        torch.float32,
        "200KB",
    ),
    "qwen2": (
        Qwen2ForCausalLM,
        Qwen2Config(
            **GATED,
            num_hidden_layers=3,
            tie_word_embeddings=True,
            rope_parameters={"rope_type": "default", "rope_theta": 20000.0},
        ),
        torch.bfloat16,
        "5GB",
    ),
    "gemma3": (
        Gemma3ForCausalLM,
        Gemma3TextConfig(
            **GATED,
            num_hidden_layers=3,
            head_dim=32,
            query_pre_attn_scalar=24,
            sliding_window=8,
            layer_types=["sliding_attention", "full_attention", "sliding_attention"],
            rope_parameters={
                "sliding_attention": {"rope_type": "default", "rope_theta": 500.0},
                "full_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 20000.0},
            },
        ),
        torch.bfloat16,
        "5GB",
    ),
    "opt": (OPTForCausalLM, OPTConfig(**OPT, word_embed_proj_dim=64), torch.float16, "5GB"),
    "opt-post-norm": (
        OPTForCausalLM,
        OPTConfig(**OPT, word_embed_proj_dim=32, do_layer_norm_before=False),
        torch.float16,
        "5GB",
    ),
    "bloom": (
        BloomForCausalLM,
        BloomConfig(**COMMON, hidden_size=48, n_layer=3, n_head=3),
        torch.float16,
        "5GB",
    ),
}


def randomise(model: torch.nn.Module, stored: torch.dtype) -> None:
    """Norms around their neutral value, small biases, and a weak embedding made up for by the last norm: with a tied
    head, a strong one would only repeat the last token."""
    generator = torch.Generator().manual_seed(20260924)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if parameter.dim() == 2:
            embedding = "embed" in name
            noise *= 0.06 if embedding else 2.0 / parameter.shape[1] ** 0.5
            if "project" in name:
                noise *= 4
        elif name.endswith("bias"):
            noise *= 0.1
        else:
            last = name.endswith(("model.norm.weight", "decoder.final_layer_norm.weight", "ln_f.weight"))
            tied = model.config.tie_word_embeddings
            noise = 0.2 * noise + float(parameter.detach().mean().round()) + 5 * (last and tied)
        parameter.data = noise.to(stored).to(torch.float32)
    model.tie_weights()


@torch.no_grad()
def expect(model: torch.nn.Module, seed: int) -> dict[str, torch.Tensor]:
    prompt = torch.randint(3, VOCABULARY, (PROMPT,), generator=torch.Generator().manual_seed(seed))
    text = prompt.tolist()
    rows = []
    for _ in range(STEPS + 1):
        # Without a cache: nothing but the definition of the model.
        logits = model(input_ids=torch.tensor([text]), use_cache=False).logits[0, -1]
        rows.append(logits)
        best = logits.topk(2).values
        assert best[0] - best[1] > LEAST_MARGIN, f"too close: {best}"
        text.append(int(logits.argmax()))
    return {
        "prompt": prompt.to(torch.float32),
        "tokens": torch.tensor(text[PROMPT:-1], dtype=torch.float32),
        "logits": torch.stack(rows),
    }


def main() -> None:
    root = Path(sys.argv[1])
    for name, (model_class, config, stored, shard) in CASES.items():
        config._attn_implementation = "eager"
        model = model_class(config).to(torch.float32).eval()
        randomise(model, stored)
        for seed in range(200):
            try:
                expected = expect(model, seed)
            except AssertionError:
                continue
            if len(set(expected["tokens"].tolist())) >= LEAST_DISTINCT:
                break
        else:
            raise SystemExit(f"{name}: no prompt gives a text of some variety")
        folder = root / name
        if folder.exists():
            shutil.rmtree(folder)
        model.to(stored).save_pretrained(folder, max_shard_size=shard)
        (folder / "generation_config.json").unlink(missing_ok=True)
        save_file(expected, folder / "expected.safetensors")
        for file in folder.iterdir():
            file.chmod(0o644)
        size = sum(file.stat().st_size for file in folder.iterdir())
        distinct = len(set(expected["tokens"].tolist()))
        spread = expected["logits"].std()
        print(f"{name}: {size} bytes, seed {seed}, {distinct} distinct tokens, logits ±{spread:.2f}")


main()
