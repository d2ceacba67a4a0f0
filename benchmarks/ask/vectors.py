"""Word vectors for the offline engine: ``python benchmarks/ask/vectors.py MODEL DATA --to aiser_jupyter/ask/weights``.

MODEL is a folder with ``model.safetensors`` and ``tokenizer.json`` of all-MiniLM-L6-v2 (Apache-2.0), DATA the folder with
``spider_train.jsonl`` and ``db/``. Each whole word of the model's vocabulary and each word of the training questions and schemas is
encoded alone; principal components and one byte a number make the table small. Needs torch, safetensors and tokenizers, which
the engine itself does not.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

import numpy as np  # noqa: E402  # the lines above must come first

SIZE, LAYERS, HEADS, BATCH = 80, 6, 12, 256
WORD = re.compile(r"[a-z]{2,24}")


def words(model: Path, data: Path) -> list[str]:
    """The words worth a vector, sorted."""
    from ask import catalogs

    from aiser_jupyter.ask import words as names

    vocabulary = json.loads((model / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    found = {word for word in vocabulary if WORD.fullmatch(word)}
    lines = [json.loads(line) for line in (data / "spider_train.jsonl").read_text(encoding="utf-8").splitlines()]
    found |= {word for line in lines for word in WORD.findall(line["question"].lower())}
    for db in sorted({line["db"] for line in lines}):
        for table in catalogs.load(data / db).tables:
            for name in (table.name, *(column.name for column in table.columns)):
                found |= {word for word in names.split(name) if WORD.fullmatch(word)}
    return sorted(found)


def encode(model: Path, texts: list[str]) -> np.ndarray:
    """The mean of the encoder's last layer over each text's pieces: (texts, 384), each of length one."""
    import torch
    from safetensors.torch import load_file
    from tokenizers import Tokenizer
    from torch.nn import functional

    held = load_file(model / "model.safetensors")
    held = {name.removeprefix("bert."): value for name, value in held.items()}
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.enable_padding()

    def linear(x: torch.Tensor, name: str) -> torch.Tensor:
        return functional.linear(x, held[f"{name}.weight"], held[f"{name}.bias"])

    def norm(x: torch.Tensor, name: str) -> torch.Tensor:
        return functional.layer_norm(x, x.shape[-1:], held[f"{name}.weight"], held[f"{name}.bias"], 1e-12)

    made = []
    with torch.inference_mode():
        for first in range(0, len(texts), BATCH):
            pieces = tokenizer.encode_batch(texts[first : first + BATCH])
            ids = torch.tensor([p.ids for p in pieces])
            mask = torch.tensor([p.attention_mask for p in pieces])
            x = held["embeddings.word_embeddings.weight"][ids] + held["embeddings.position_embeddings.weight"][: ids.shape[1]]
            x = norm(x + held["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
            for layer in range(LAYERS):
                at = f"encoder.layer.{layer}"
                q, k, v = (
                    linear(x, f"{at}.attention.self.{part}").unflatten(-1, (HEADS, -1)).transpose(1, 2)
                    for part in ("query", "key", "value")
                )
                seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :].bool())
                x = norm(x + linear(seen.transpose(1, 2).flatten(2), f"{at}.attention.output.dense"), f"{at}.attention.output.LayerNorm")
                x = norm(x + linear(functional.gelu(linear(x, f"{at}.intermediate.dense")), f"{at}.output.dense"), f"{at}.output.LayerNorm")
            weight = mask[..., None].float()
            made.append(functional.normalize((x * weight).sum(1) / weight.sum(1), dim=-1).numpy())
    return np.concatenate(made)


def shrunk(vectors: np.ndarray, size: int) -> np.ndarray:
    """The ``size`` first principal components, of length one, as bytes."""
    centred = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    kept = centred @ axes[:, ::-1][:, :size]
    kept /= np.linalg.norm(kept, axis=1, keepdims=True) + 1e-9
    return np.clip(np.round(kept * 254), -127, 127).astype(np.int8)


def main() -> None:
    """Encode, shrink, save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--to", type=Path, required=True)
    args = parser.parse_args()
    known = words(args.model, args.data)
    table = shrunk(encode(args.model, known), SIZE)
    np.savez_compressed(args.to / "words.npz", words=np.frombuffer("\n".join(known).encode(), np.uint8), vectors=table)
    print(f"{len(known)} words, {(args.to / 'words.npz').stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
