"""Writes small tokenizer.json files of every supported form, and what the tokenizers library makes of some texts.

    python models/training/tiny_tokenizers.py test/llm/families/fixtures

Trained on the few lines below; tokenizers 0.23.3. `tokenizers/expected.json` holds [text, ids] by form; the
Qwen2 form is also put beside the Qwen2 checkpoint. Format the JSON files with Biome afterwards.
"""
import json
import sys
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

CORPUS = [
    "The car in front is slow, please overtake it when it is safe to do so.",
    "Keep a longer distance and stay in this lane; the truck ahead is slowing down.",
    "I'll take the next exit, we're going to the station. It's 1200 m away, isn't it?",
    "前の車を追い越して。スピードを落として、次の信号を右に曲がって。",
    "  Stop at the   café, then turn left at 12:30.\n\nThank you!\n",
] * 4
TEXTS = [
    "The car is slow.",
    "Please don't overtake the truck; I'll say when.",
    "WE'RE at km 12345, speed 60.5 km/h",
    "スピードを落として、右に",
    "cafe\u0301 naïve Ångström",
    "  two  spaces\tand a tab\n\nand lines \n ",
    "emoji 🚗🚦 and … “quotes”",
    "<|end|>The car<|end|>",
    " leading",
    "",
    "a",
    "日曜・休日を除く 8-20時",
]
QWEN2 = r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
LLAMA3 = QWEN2.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
BLOOM = r" ?[^(\s|[.,!?…。，、।۔،])]+"
SPECIALS = ["<pad>", "<s>", "<|end|>"]
VOCABULARY = 320


def byte_level(steps: list, use_regex: bool, normalizer=None, ignore_merges: bool = False, bos: bool = False):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=use_regex)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*steps, level]) if steps else level
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=SPECIALS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    if bos:
        tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


def sentencepiece(prefix: bool):
    """As Gemma's (no prefix) and Llama 2's (prefix) are converted: ▁ for spaces, and bytes for the unknown."""
    steps = [normalizers.Replace(" ", "▁")]
    if prefix:
        steps.insert(0, normalizers.Prepend("▁"))
    trained = Tokenizer(models.BPE())
    trained.normalizer = normalizers.Sequence(steps)
    trained.train_from_iterator(CORPUS[:3], trainers.BpeTrainer(vocab_size=160, show_progress=False))
    model = json.loads(trained.to_str())["model"]
    names = [*SPECIALS, "<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), *model["vocab"]]
    vocabulary = {name: index for index, name in enumerate(dict.fromkeys(names))}
    merges = [tuple(merge) for merge in model["merges"]]
    bpe = models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    tokenizer = Tokenizer(bpe)
    tokenizer.normalizer = normalizers.Sequence(steps) if prefix else steps[0]
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in [*SPECIALS, "<unk>"]])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


def split(pattern: str):
    return pre_tokenizers.Split(Regex(pattern), behavior="isolated")


FORMS = {
    "qwen2": lambda: byte_level([split(QWEN2)], False, normalizers.NFC()),
    "llama3": lambda: byte_level([split(LLAMA3)], False, ignore_merges=True, bos=True),
    "gpt2": lambda: byte_level([], True, bos=True),
    "smollm": lambda: byte_level([pre_tokenizers.Digits(individual_digits=True)], True),
    "bloom": lambda: byte_level([split(BLOOM)], False),
    "gemma": lambda: sentencepiece(False),
    "llama2": lambda: sentencepiece(True),
}


def main() -> None:
    root = Path(sys.argv[1])
    (root / "tokenizers").mkdir(exist_ok=True)
    expected = {}
    for name, make in FORMS.items():
        tokenizer = make()
        tokenizer.save(str(root / "tokenizers" / f"{name}.json"))
        if name == "qwen2":
            tokenizer.save(str(root / "qwen2" / "tokenizer.json"))
        expected[name] = [[text, tokenizer.encode(text).ids] for text in TEXTS]
    (root / "tokenizers" / "expected.json").write_text(json.dumps(expected, ensure_ascii=False))


main()
